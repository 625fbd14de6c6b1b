// Switching between stacks: by a few instructions on x86-64, else by <ucontext.h>.
#pragma once
#if defined(__APPLE__) && !defined(_XOPEN_SOURCE)
#define _XOPEN_SOURCE 700                   // ucontext
#define _DARWIN_C_SOURCE
#endif
#include <stddef.h>

#if defined(__x86_64__) && !defined(ZDB_UCONTEXT)
// Save the callee-saved registers on the current stack, note its top, continue on the other one.
asm(
    ".text\n"
    ".p2align 4\n"
#ifdef __APPLE__
    "_zdb_switch:\n"
#else
    "zdb_switch:\n"
#endif
    R"(
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
extern "C" void zdb_switch(void** save, void* load);

namespace zdb {
struct Context { void* top; };
inline void prepare(Context* context, char* stack, size_t size, void (*function)()) {
    // What zdb_switch pops: six registers and the function as return address. The word above keeps
    // the stack aligned as after a call.
    void** top = (void**)(stack + size) - 8;
    for (int i = 0; i < 6; i++) top[i] = nullptr;
    top[6] = (void*)function;
    top[7] = nullptr;
    context->top = top;
}
inline void change(Context* from, Context* to) { zdb_switch(&from->top, to->top); }
}  // namespace zdb

#else
#include <ucontext.h>
namespace zdb {
struct Context { ucontext_t place; };
inline void prepare(Context* context, char* stack, size_t size, void (*function)()) {
    getcontext(&context->place);
    context->place.uc_stack.ss_sp = stack;
    context->place.uc_stack.ss_size = size;
    context->place.uc_link = nullptr;
    makecontext(&context->place, function, 0);
}
inline void change(Context* from, Context* to) { swapcontext(&from->place, &to->place); }
}  // namespace zdb
#endif
