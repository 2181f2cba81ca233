#include "translate.h"
#include <regex>
#include <vector>

namespace emulator
{
namespace
{
// Directives hold macros that look like kernels.
std::string withoutDirectives(const std::string& text)
{
    static const std::regex directive(R"((^|\n)[ \t]*#([^\n]*\\\n)*[^\n]*)");
    return std::regex_replace(text, directive, "\n");
}

std::vector<std::string> kernelNames(const std::string& text)
{
    static const std::regex kernel(
        R"(\b(KERNEL|__global__)\s+(__launch_bounds__\s*\([^)]*\)\s*)?void\s+([A-Za-z_]\w*)\s*\()");
    std::vector<std::string> names;
    for (std::sregex_iterator match(text.begin(), text.end(), kernel), end; match != end; ++match)
        names.push_back((*match)[3]);
    return names;
}
}

std::string translate(const std::string& cuda)
{
    static const std::regex dynamicShared(R"(extern\s+__shared__\s+([^;\[\]]+?)\s*\b(\w+)\s*\[\s*\]\s*;)");
    std::string text = std::regex_replace(translateAssembly(cuda), dynamicShared, "EMULATED_DYNAMIC_SHARED($1, $2)");
    std::string entries, list;
    for (const std::string& name : kernelNames(withoutDirectives(text)))
    {
        entries += "EMULATED_KERNEL(" + name + ")\n";
        list += (list.empty() ? "&emulated_kernel_" : ", &emulated_kernel_") + name;
    }
    if (list.empty())
        throw TranslationError("kernel.cu: error: there is no __global__ function");
    return text + "\n#include \"entry.h\"\n" + entries + "EMULATED_MODULE(" + list + ")\n";
}
}
