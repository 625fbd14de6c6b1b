// Signals of a kernel: a GPU divides by zero without a trap, and reports other errors.
#if defined(__APPLE__)
#define _XOPEN_SOURCE 700
#define _DARWIN_C_SOURCE
#endif
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "launch.h"

static const int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
static struct sigaction before[5];
static stack_t stack_before;
static char signal_stack[64 << 10];
static pthread_t owner;
static volatile bool running;

#if defined(__x86_64__)
#if defined(__APPLE__)
#define REGISTER(name) context->uc_mcontext->__ss.__##name
#define RAX REGISTER(rax)
#define RDX REGISTER(rdx)
#define RIP REGISTER(rip)
#else
#define RAX context->uc_mcontext.gregs[REG_RAX]
#define RDX context->uc_mcontext.gregs[REG_RDX]
#define RIP context->uc_mcontext.gregs[REG_RIP]
#endif
// By 0, a GPU gives ones, and the smallest number by -1 gives itself. Puts that into the registers
// and goes on behind the instruction (div and idiv: F6 or F7 with an operand in /6 or /7).
static bool divide_as_gpu(ucontext_t* context) {
    auto* p = (const uint8_t*)RIP;
    bool half = false, wide = false;
    for (; *p == 0x66 || *p == 0xF2 || *p == 0xF3 || *p == 0x2E || *p == 0x3E; ++p) half |= *p == 0x66;
    if ((*p & 0xF0) == 0x40) wide = *p & 8, ++p;
    bool byte = *p == 0xF6;
    if (!byte && *p != 0xF7) return false;
    uint8_t modrm = *++p, mod = modrm >> 6, rm = modrm & 7, operation = modrm >> 3 & 7;
    if (operation != 6 && operation != 7) return false;
    ++p;
    if (mod != 3) {
        uint8_t base = rm;
        if (rm == 4) base = *p++ & 7;
        if (mod == 1) p += 1;
        else if (mod == 2 || (mod == 0 && (rm == 5 || (rm == 4 && base == 5)))) p += 4;
    }
    int bits = byte ? 8 : wide ? 64 : half ? 16 : 32;
    uint64_t mask = bits == 64 ? ~0ull : (1ull << bits) - 1;
    uint64_t low = uint64_t(RAX) & mask;
    uint64_t high = byte ? uint64_t(RAX) >> 8 & 0xFF : uint64_t(RDX) & mask;
    bool smallest = operation == 7 && low == 1ull << (bits - 1) && high == mask;
    uint64_t quotient = smallest ? low : mask, remainder = smallest ? 0 : low;
    // A result of 32 bits clears the upper half of a register.
    uint64_t keep = bits < 32 ? ~mask : 0;
    if (byte) {
        RAX = (uint64_t(RAX) & ~0xFFFFull) | remainder << 8 | quotient;
    } else {
        RAX = (uint64_t(RAX) & keep) | quotient;
        RDX = (uint64_t(RDX) & keep) | remainder;
    }
    uint64_t behind = (uintptr_t)p;
    RIP = behind;
    return true;
}
#else
static bool divide_as_gpu(ucontext_t*) { return false; }
#endif

static void on_signal(int number, siginfo_t* info, void* context) {
    if (running && pthread_equal(pthread_self(), owner)) {
        if (number == SIGFPE) {
            if (divide_as_gpu((ucontext_t*)context)) return;
            zdb_fail(ZDB_ARITHMETIC);
        }
        if (number == SIGILL || number == SIGTRAP) zdb_fail(ZDB_TRAP);
        char* address = (char*)info->si_addr;
        if (address < zdb_stack && zdb_stack - address < (128 << 10)) zdb_fail(ZDB_STACK_OVERFLOW);
        zdb_current->address = address, zdb_current->size = 0, zdb_current->is_write = -1;
        zdb_fail(ZDB_ILLEGAL_ADDRESS);
    }
    for (int i = 0; i < 5; i++)              // not ours: it is raised again at the same place
        if (kSignals[i] == number) sigaction(number, &before[i], nullptr);
}

namespace zdb {
void signals_begin() {
    stack_t stack = {};
    stack.ss_sp = signal_stack, stack.ss_size = sizeof signal_stack;
    sigaltstack(&stack, &stack_before);
    struct sigaction action = {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    owner = pthread_self(), running = true;
    for (int i = 0; i < 5; i++) sigaction(kSignals[i], &action, &before[i]);
}
void signals_end() {
    for (int i = 0; i < 5; i++) sigaction(kSignals[i], &before[i], nullptr);
    running = false;
    if (!(stack_before.ss_flags & SS_DISABLE) || !stack_before.ss_sp) sigaltstack(&stack_before, nullptr);
    else {
        stack_t off = {};
        off.ss_flags = SS_DISABLE, off.ss_size = sizeof signal_stack;
        sigaltstack(&off, nullptr);
    }
}
}  // namespace zdb
