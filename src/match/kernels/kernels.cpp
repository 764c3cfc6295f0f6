#include "match/kernels/kernels.h"

#include <array>
#include <string_view>

namespace visavis::match::kernels {
namespace {

using List = std::array<const Kernel*, 5>;

List detect() {
    List list{};
    std::size_t count = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        list[count++] = &kAvx512Vnni;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list[count++] = &kAvx2;
    if (__builtin_cpu_supports("sse4.2")) list[count++] = &kSse42;
#elif defined(__aarch64__)
    list[count++] = &kNeon;
#endif
    list[count] = &kScalar;
    return list;
}

}  // namespace

const Kernel* const* available() {
    static const List list = detect();
    return list.data();
}

const Kernel* find(const char* name) {
    const Kernel* const* kernel = available();
    if (*name == '\0') return *kernel;
    while (*kernel != nullptr && std::string_view((*kernel)->name) != name) ++kernel;
    return *kernel;
}

}  // namespace visavis::match::kernels
