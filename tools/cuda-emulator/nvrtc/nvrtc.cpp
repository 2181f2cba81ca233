// libnvrtc.so.12: NVRTC's functions over the compiler of this processor.
#include "../functions.h"
#include "../image.h"
#include "compiler.h"
#include "nvidia.h"
#include <map>
#include <memory>
#include <mutex>

namespace
{
using namespace emulator;

struct Program
{
    std::string source, file, log;
    std::string cubin, ptx; // empty: there is none
};

std::mutex s_lock;
std::map<nvrtcProgram, std::shared_ptr<Program>> s_programs;
nvrtcProgram s_last = 0x4e00'0000'0000;

std::shared_ptr<Program> find(nvrtcProgram handle)
{
    std::lock_guard guard(s_lock);
    auto found = s_programs.find(handle);
    return found == s_programs.end() ? nullptr : found->second;
}

std::string image(const std::string& library, int architecture, bool isPtx, unsigned registers)
{
    ImageHeader header{};
    std::memcpy(header.magic, ImageHeader::expected, sizeof header.magic);
    header.abi = KERNEL_ABI;
    header.architecture = static_cast<std::uint32_t>(architecture);
    header.isPtx = isPtx;
    header.registers = registers;
    header.bytes = library.size();
    header.checksum = ImageHeader::sum(library.data(), library.size());
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) + library;
}

// Size or bytes of one of a program's texts; with the terminating zero if it is a text.
template <std::string Program::*Part>
nvrtcResult size(nvrtcProgram handle, std::size_t* bytes, bool terminated)
{
    std::shared_ptr<Program> program = find(handle);
    if (program == nullptr)
        return NVRTC_ERROR_INVALID_PROGRAM;
    if (bytes == nullptr)
        return NVRTC_ERROR_INVALID_INPUT;
    *bytes = ((*program).*Part).size() + (terminated ? 1 : 0);
    return NVRTC_SUCCESS;
}

template <std::string Program::*Part>
nvrtcResult copy(nvrtcProgram handle, char* target, bool terminated)
{
    std::shared_ptr<Program> program = find(handle);
    if (program == nullptr)
        return NVRTC_ERROR_INVALID_PROGRAM;
    if (target == nullptr)
        return NVRTC_ERROR_INVALID_INPUT;
    const std::string& text = (*program).*Part;
    std::memcpy(target, text.c_str(), text.size() + (terminated ? 1 : 0));
    return NVRTC_SUCCESS;
}
}

EXPORT const char* nvrtcGetErrorString(nvrtcResult result)
{
    switch (result)
    {
        case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
        case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
        case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
        case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
        case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
        case NVRTC_ERROR_INTERNAL_ERROR: return "NVRTC_ERROR_INTERNAL_ERROR";
    }
    return "NVRTC_ERROR unknown";
}

EXPORT nvrtcResult nvrtcVersion(int* major, int* minor)
{
    if (major == nullptr || minor == nullptr)
        return NVRTC_ERROR_INVALID_INPUT;
    *major = 12;
    *minor = 4;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetNumSupportedArchs(int* count)
{
    if (count == nullptr)
        return NVRTC_ERROR_INVALID_INPUT;
    *count = static_cast<int>(supportedArchitectures().size());
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetSupportedArchs(int* architectures)
{
    if (architectures == nullptr)
        return NVRTC_ERROR_INVALID_INPUT;
    for (int architecture : supportedArchitectures())
        *architectures++ = architecture;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char* file, int headers,
    const char* const* headerTexts, const char* const* headerNames)
{
    if (program == nullptr || source == nullptr || headers < 0 || (headers > 0 && (!headerTexts || !headerNames)))
        return NVRTC_ERROR_INVALID_INPUT;
    if (headers > 0)
        return NVRTC_ERROR_INTERNAL_ERROR; // not emulated
    std::lock_guard guard(s_lock);
    *program = ++s_last;
    s_programs[*program] = std::make_shared<Program>();
    s_programs[*program]->source = source;
    s_programs[*program]->file = file == nullptr ? "default_program" : file;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program)
{
    if (program == nullptr)
        return NVRTC_ERROR_INVALID_PROGRAM;
    std::lock_guard guard(s_lock);
    if (s_programs.erase(*program) == 0)
        return NVRTC_ERROR_INVALID_PROGRAM;
    *program = 0;
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcCompileProgram(nvrtcProgram handle, int count, const char* const* texts)
{
    std::shared_ptr<Program> program = find(handle);
    if (program == nullptr)
        return NVRTC_ERROR_INVALID_PROGRAM;
    if (count < 0 || (count > 0 && texts == nullptr))
        return NVRTC_ERROR_INVALID_INPUT;
    program->log.clear();
    Options options;
    if (!options.parse(count, texts, program->log))
        return NVRTC_ERROR_INVALID_OPTION;
    std::string library = compile(program->source, options, program->log);
    if (library.empty())
        return NVRTC_ERROR_COMPILATION;
    NvidiaBinary nvidia = compileByNvidia(program->source, program->file, count, texts, program->log);
    if (nvidia.refused)
        return NVRTC_ERROR_COMPILATION;
    program->ptx = image(library, options.architecture, true, nvidia.registers);
    program->cubin = options.isVirtual ? "" : image(library, options.architecture, false, nvidia.registers);
    return NVRTC_SUCCESS;
}

EXPORT nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, std::size_t* bytes)
{
    return size<&Program::log>(program, bytes, true);
}

EXPORT nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char* log)
{
    return copy<&Program::log>(program, log, true);
}

EXPORT nvrtcResult nvrtcGetCUBINSize(nvrtcProgram program, std::size_t* bytes)
{
    return size<&Program::cubin>(program, bytes, false);
}

EXPORT nvrtcResult nvrtcGetCUBIN(nvrtcProgram program, char* cubin)
{
    return copy<&Program::cubin>(program, cubin, false);
}

EXPORT nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, std::size_t* bytes)
{
    return size<&Program::ptx>(program, bytes, true);
}

EXPORT nvrtcResult nvrtcGetPTX(nvrtcProgram program, char* ptx)
{
    return copy<&Program::ptx>(program, ptx, true);
}
