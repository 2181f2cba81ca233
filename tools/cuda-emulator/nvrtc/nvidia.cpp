#include "nvidia.h"
#include "../api.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <unistd.h>

namespace emulator
{
namespace
{
// NVRTC's functions, of a library that this one's own names must not hide.
class Nvrtc
{
public:
    explicit Nvrtc(const char* path)
    {
        preloadBuiltins(path);
        _library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (_library == nullptr)
            throw std::runtime_error(dlerror());
        load(create, "nvrtcCreateProgram");
        load(compile, "nvrtcCompileProgram");
        load(destroy, "nvrtcDestroyProgram");
        load(logSize, "nvrtcGetProgramLogSize");
        load(getLog, "nvrtcGetProgramLog");
        load(cubinSize, "nvrtcGetCUBINSize");
        load(getCubin, "nvrtcGetCUBIN");
    }

    using Size = nvrtcResult(nvrtcProgram, std::size_t*);
    using Content = nvrtcResult(nvrtcProgram, char*);

    nvrtcResult (*create)(nvrtcProgram*, const char*, const char*, int, const char* const*, const char* const*);
    nvrtcResult (*compile)(nvrtcProgram, int, const char* const*);
    nvrtcResult (*destroy)(nvrtcProgram*);
    Size *logSize, *cubinSize;
    Content *getLog, *getCubin;

    static std::string read(nvrtcProgram program, Size* size, Content* content)
    {
        std::size_t bytes = 0;
        if (size(program, &bytes) != NVRTC_SUCCESS)
            return "";
        std::string text(bytes, '\0');
        return content(program, text.data()) == NVRTC_SUCCESS ? text : "";
    }

private:
    // It opens its built-ins by name alone.
    static void preloadBuiltins(const char* path)
    {
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path(), none))
            if (entry.path().filename().string().starts_with("libnvrtc-builtins.so"))
                dlopen(entry.path().c_str(), RTLD_NOW | RTLD_GLOBAL);
    }

    template <typename F>
    void load(F& function, const char* name)
    {
        function = reinterpret_cast<F>(dlsym(_library, name));
        if (function == nullptr)
            throw std::runtime_error(std::string(name) + " is missing");
    }

    void* _library;
};

// The section of a kernel's code has its registers in the upper byte of sh_info.
unsigned registersOf(const std::string& cubin)
{
    Elf64_Ehdr header;
    if (cubin.size() < sizeof header)
        return 0;
    std::memcpy(&header, cubin.data(), sizeof header);
    auto section = [&](unsigned index) {
        Elf64_Shdr found{};
        std::size_t at = header.e_shoff + std::size_t{index} * sizeof found;
        if (at + sizeof found <= cubin.size())
            std::memcpy(&found, cubin.data() + at, sizeof found);
        return found;
    };
    Elf64_Shdr names = section(header.e_shstrndx);
    unsigned most = 0;
    for (unsigned i = 0; i < header.e_shnum; i++)
    {
        Elf64_Shdr found = section(i);
        std::size_t name = names.sh_offset + found.sh_name;
        if (name < cubin.size() && std::strncmp(cubin.c_str() + name, ".text.", 6) == 0)
            most = std::max(most, found.sh_info >> 24);
    }
    return most;
}

// The name tells the kernel and, by a hash, its text and options.
void keep(const std::string& cubin, const std::string& file, std::string key, int count, const char* const* options)
{
    const char* folder = std::getenv("CUDA_EMULATOR_CUBINS");
    if (folder == nullptr || cubin.empty())
        return;
    for (int i = 0; i < count; i++)
        key += std::string("\n") + options[i];
    std::string path = std::string(folder) + "/" + std::filesystem::path(file).stem().string() + "-"
        + std::to_string(std::hash<std::string>()(key)) + ".cubin";
    std::string beside = path + "." + std::to_string(getpid());
    std::ofstream(beside, std::ios::binary) << cubin;
    std::filesystem::rename(beside, path);
}

NvidiaBinary compile(const Nvrtc& nvrtc, const std::string& source, const std::string& file, int count,
    const char* const* options, std::string& log)
{
    nvrtcProgram program;
    if (nvrtc.create(&program, source.c_str(), file.c_str(), 0, nullptr, nullptr) != NVRTC_SUCCESS)
        return {true};
    NvidiaBinary made;
    made.refused = nvrtc.compile(program, count, options) != NVRTC_SUCCESS;
    if (made.refused)
        log += Nvrtc::read(program, nvrtc.logSize, nvrtc.getLog).c_str();
    else
    {
        std::string cubin = Nvrtc::read(program, nvrtc.cubinSize, nvrtc.getCubin);
        made.registers = registersOf(cubin);
        keep(cubin, file, source, count, options);
    }
    nvrtc.destroy(&program);
    return made;
}
}

NvidiaBinary compileByNvidia(const std::string& source, const std::string& file, int count, const char* const* options,
    std::string& log)
{
    const char* path = std::getenv("CUDA_EMULATOR_NVRTC");
    if (path == nullptr || *path == 0)
        return {};
    try
    {
        static const Nvrtc nvrtc(path);
        NvidiaBinary made = compile(nvrtc, source, file, count, options, log);
        if (made.refused)
            log = std::string(path) + ":\n" + log;
        return made;
    }
    catch (const std::exception& error) // a path that leads nowhere
    {
        log += std::string("NVIDIA's compiler: ") + error.what() + "\n";
        return {true};
    }
}
}
