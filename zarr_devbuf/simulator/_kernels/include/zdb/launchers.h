// From the untyped parameters of a launch to a kernel's; the table at the end of the source names
// its kernels.
#pragma once

namespace zdb {
template <class T> constexpr char kind_of() {
    if (std::is_pointer_v<T>) return std::is_const_v<std::remove_pointer_t<T>> ? 'c' : 'p';
    if (std::is_floating_point_v<T>) return 'f';
    if (std::is_integral_v<T>) return std::is_signed_v<T> ? 'i' : 'u';
    return 's';
}
template <auto F> struct Launcher;
template <class... A, void (*F)(A...)> struct Launcher<F> {
    static constexpr uint32_t count = sizeof...(A);
    static constexpr zdb_parameter parameters[sizeof...(A) + 1] = {
        {uint32_t(sizeof(A)), kind_of<std::remove_cv_t<A>>()}..., {0, 0}};
    // Parameters lie in host memory, which a kernel itself must not read.
    template <size_t... I>
    __attribute__((no_sanitize("thread"))) static void call(void** p, std::index_sequence<I...>) {
        (void)p;
        F(*static_cast<std::remove_cv_t<A>*>(p[I])...);
    }
    __attribute__((no_sanitize("thread"))) static void thread(void** p) { call(p, std::index_sequence_for<A...>{}); }
};
}  // namespace zdb
