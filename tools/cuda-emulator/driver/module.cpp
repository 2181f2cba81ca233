#include "module.h"
#include "../image.h"
#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

namespace emulator
{
namespace
{
// Copies what may not be there: a damaged image does not say truly how long it is.
bool read(const void* source, void* target, std::size_t bytes)
{
    iovec to{target, bytes}, from{const_cast<void*>(source), bytes};
    return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == static_cast<ssize_t>(bytes);
}

std::string readImage(const void* image, const Device& device, ImageHeader& header)
{
    if (!read(image, &header, sizeof header) || std::memcmp(header.magic, ImageHeader::expected, sizeof header.magic) != 0)
        throw Failure(CUDA_ERROR_INVALID_IMAGE, "this is no image of the emulated NVRTC");
    if (header.abi != KERNEL_ABI)
        throw Failure(CUDA_ERROR_INVALID_IMAGE, "the image is of another build of the emulator");
    auto architecture = static_cast<int>(header.architecture);
    bool fits = architecture <= device.architecture && (header.isPtx != 0 || architecture / 10 == device.architecture / 10);
    if (!fits)
        throw Failure(CUDA_ERROR_NO_BINARY_FOR_GPU, "compiled for " + std::string(header.isPtx != 0 ? "compute_" : "sm_")
            + std::to_string(architecture) + ", run on sm_" + std::to_string(device.architecture));
    CUresult damaged = header.isPtx != 0 ? CUDA_ERROR_INVALID_PTX : CUDA_ERROR_INVALID_IMAGE;
    std::string library;
    if (header.bytes > 64u << 20)
        throw Failure(damaged, "the image is damaged");
    library.resize(header.bytes + (header.isPtx != 0 ? 1 : 0));
    if (!read(static_cast<const char*>(image) + sizeof header, library.data(), library.size())
        || ImageHeader::sum(library.data(), header.bytes) != header.checksum)
        throw Failure(damaged, "the image is damaged");
    if (header.isPtx != 0 && library.back() != 0)
        throw Failure(CUDA_ERROR_INVALID_PTX, "the text does not end with a zero");
    return library;
}

// GPULSTM_EMULATED_FAULT=N: the N-th kernel that runs in this process fails, as hardware does.
void failIfAsked()
{
    static const char* wanted = std::getenv("GPULSTM_EMULATED_FAULT");
    static long left = wanted == nullptr ? 0 : std::atol(wanted);
    if (left > 0 && --left == 0)
        throw Failure(CUDA_ERROR_ILLEGAL_ADDRESS, "GPULSTM_EMULATED_FAULT asked for this fault");
}
}

LoadedModule::LoadedModule(const void* image, const Device& device)
{
    if (image == nullptr)
        throw Failure(CUDA_ERROR_INVALID_VALUE, "no image");
    ImageHeader header{};
    std::string bytes = readImage(image, device, header);
    if (header.registers != 0)
        _registers = static_cast<int>(header.registers);
    _file = memfd_create("cuda-emulator-module", MFD_CLOEXEC);
    if (_file < 0 || write(_file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
        throw Failure(CUDA_ERROR_OUT_OF_MEMORY, "no memory for a module");
    _library = dlopen(("/proc/self/fd/" + std::to_string(_file)).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (_library == nullptr)
    {
        close(_file);
        throw Failure(CUDA_ERROR_INVALID_IMAGE, dlerror());
    }
    _table = static_cast<const Module*>(dlsym(_library, "emulated_module"));
}

LoadedModule::~LoadedModule()
{
    dlclose(_library);
    close(_file);
}

int Function::maxThreads() const
{
    Index group = kernel->group;
    return group.x == 0 ? Device::threadsPerBlock : static_cast<int>(group.x * group.y * group.z);
}

PreparedLaunch::PreparedLaunch(std::shared_ptr<Function> function, Index grid, Index block, unsigned sharedBytes,
    bool cooperative, void** parameters, const Device& device)
    : _function(std::move(function)), _grid(grid), _block(block), _sharedBytes(sharedBytes), _cooperative(cooperative)
{
    checkSizes(device);
    const Kernel& kernel = *_function->kernel;
    if (kernel.parameterCount > 0 && parameters == nullptr)
        throw Failure(CUDA_ERROR_INVALID_VALUE, std::string(kernel.name) + " has parameters, and gets none");
    for (unsigned i = 0; i < kernel.parameterCount; i++)
    {
        if (parameters[i] == nullptr)
            throw Failure(CUDA_ERROR_INVALID_VALUE,
                std::string(kernel.name) + ": no pointer to parameter " + std::to_string(i));
        const auto* bytes = static_cast<const char*>(parameters[i]);
        _arguments.emplace_back(bytes, bytes + kernel.parameters[i].size);
    }
}

void PreparedLaunch::checkSizes(const Device& device) const
{
    auto refuse = [this](CUresult code, const std::string& why) { throw Failure(code, std::string(name()) + ": " + why); };
    auto within = [](Index size, unsigned x, unsigned y, unsigned z) {
        return size.x >= 1 && size.y >= 1 && size.z >= 1 && size.x <= x && size.y <= y && size.z <= z;
    };
    if (!within(_grid, 0x7fffffff, 65535, 65535))
        refuse(CUDA_ERROR_INVALID_VALUE, "the size of the grid");
    if (!within(_block, Device::threadsPerBlock, Device::threadsPerBlock, 64)
        || _block.x * _block.y * _block.z > static_cast<unsigned>(Device::threadsPerBlock))
        refuse(CUDA_ERROR_INVALID_VALUE, "the size of the block");
    Index group = _function->kernel->group;
    if (group.x != 0 && (group.x != _block.x || group.y != _block.y || group.z != _block.z))
        refuse(CUDA_ERROR_INVALID_VALUE, "compiled for blocks of another size");
    if (_sharedBytes > static_cast<unsigned>(std::max(0, _function->maxDynamicShared)))
        refuse(CUDA_ERROR_INVALID_VALUE, std::to_string(_sharedBytes) + " bytes of dynamic shared memory, "
            + std::to_string(_function->maxDynamicShared) + " are set");
    auto threads = static_cast<int>(_block.x * _block.y * _block.z);
    int registers = _function->module->registers();
    auto inUnit = static_cast<std::size_t>(
        device.blocksThatFit(threads, registers, _sharedBytes + _function->module->staticShared()));
    if (inUnit == 0)
        refuse(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, std::to_string(threads) + " threads of " + std::to_string(registers)
            + " registers do not fit");
    if (!_cooperative)
        return;
    auto blocks = static_cast<std::size_t>(_grid.x) * _grid.y * _grid.z;
    std::size_t room = inUnit * static_cast<std::size_t>(device.units);
    if (blocks > room)
        refuse(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
            std::to_string(blocks) + " blocks, and room for " + std::to_string(room) + " at once");
}

void PreparedLaunch::run(const Memory& memory) const
{
    failIfAsked();
    static const bool dry = std::getenv("GPULSTM_EMULATOR_DRY") != nullptr;
    if (dry)
        return;
    const Kernel& kernel = *_function->kernel;
    std::vector<std::vector<char>> arguments = _arguments;
    std::vector<void*> pointers;
    std::vector<CUdeviceptr> addresses;
    for (unsigned i = 0; i < kernel.parameterCount; i++)
    {
        pointers.push_back(arguments[i].data());
        if (!kernel.parameters[i].isPointer)
            continue;
        CUdeviceptr address;
        std::memcpy(&address, arguments[i].data(), sizeof address);
        addresses.push_back(address);
        try
        {
            void* here = memory.argument(address);
            std::memcpy(arguments[i].data(), &here, sizeof here);
        }
        catch (const Failure& failure)
        {
            throw Failure(CUDA_ERROR_ILLEGAL_ADDRESS,
                std::string(kernel.name) + ", parameter " + std::to_string(i) + ": " + failure.message);
        }
    }
    GridLaunch launch{&_function->module->table(), &kernel, _grid, _block, _sharedBytes, _cooperative, pointers.data()};
    if (std::optional<Failure> failure = runGrid(launch))
        throw *failure;
    for (CUdeviceptr address : addresses)
        try
        {
            memory.checkGuards(address);
        }
        catch (const Failure& failure)
        {
            throw Failure(failure.code, std::string(kernel.name) + ": " + failure.message);
        }
}
}
