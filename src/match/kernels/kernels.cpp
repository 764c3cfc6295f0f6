#include "match/kernels/kernels.h"

#include <array>
#include <string_view>

namespace visavis::match::kernels {
namespace {

using List = std::array<const Kernel*, 6>;

List detect() {
    List list{};
    std::size_t count = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
        // Looking up beside multiplying was measured on Zen 4, the one processor of this family that has it.
        // Where two multiplications start in a cycle, or look-ups compete for the same ports, there is no
        // gain.
        if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_is("amdfam19h"))
            list[count++] = &kAvx512Vbmi;
        list[count++] = &kAvx512Vnni;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) list[count++] = &kAvx2;
    if (__builtin_cpu_supports("sse4.2")) list[count++] = &kSse42;
#elifdef __aarch64__
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
