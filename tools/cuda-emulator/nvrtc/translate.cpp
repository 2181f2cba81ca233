#include "translate.h"
#include <regex>
#include <vector>

namespace emulator
{
namespace
{
std::vector<std::string> kernelNames(const std::string& text)
{
    static const std::regex kernel(
        R"(\b__global__\s+(__launch_bounds__\s*\([^)]*\)\s*)?void\s+([A-Za-z_]\w*)\s*\()");
    std::vector<std::string> names;
    for (std::sregex_iterator match(text.begin(), text.end(), kernel), end; match != end; ++match)
        names.push_back((*match)[2]);
    return names;
}
}

std::string translate(const std::string& cuda)
{
    static const std::regex dynamicShared(R"(extern\s+__shared__\s+([^;\[\]]+?)\s*\b(\w+)\s*\[\s*\]\s*;)");
    static const std::regex volatileCast(R"(\(\s*volatile\s+([\w\s]+?)\s*\*\s*\))");
    std::string text = std::regex_replace(translateAssembly(cuda), dynamicShared, "EMULATED_DYNAMIC_SHARED($1, $2)");
    text = std::regex_replace(text, volatileCast, "(EmulatedVolatile<$1>)");
    std::string entries, list;
    for (const std::string& name : kernelNames(text))
    {
        entries += "EMULATED_KERNEL(" + name + ")\n";
        list += (list.empty() ? "&emulated_kernel_" : ", &emulated_kernel_") + name;
    }
    if (list.empty())
        throw TranslationError("kernel.cu: error: there is no __global__ function");
    return text + "\n#include \"entry.h\"\n" + entries + "EMULATED_MODULE(" + list + ")\n";
}
}
