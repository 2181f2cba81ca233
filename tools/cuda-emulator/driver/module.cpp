#include "module.h"
#include "../ptx/compiler.h"
#include "../ptx/translate.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

namespace emulator
{
namespace
{
// GPULSTM_EMULATED_FAULT=N: the N-th kernel that runs in this process fails, as hardware does.
void failIfAsked()
{
    static const char* wanted = std::getenv("GPULSTM_EMULATED_FAULT");
    static long left = wanted == nullptr ? 0 : std::atol(wanted);
    if (left > 0 && --left == 0)
        throw Failure(CUDA_ERROR_ILLEGAL_ADDRESS, "GPULSTM_EMULATED_FAULT asked for this fault");
}
}

LoadedModule::LoadedModule(const char* ptx, const Device& device)
{
    if (ptx == nullptr)
        throw Failure(CUDA_ERROR_INVALID_VALUE, "no image");
    Translation translation = translate(ptx);
    if (translation.version > Device::newestPtx())
        throw Failure(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "PTX " + std::to_string(translation.version)
            + " is newer than the driver, which knows " + std::to_string(Device::newestPtx()));
    if (translation.target > device.architecture)
        throw Failure(CUDA_ERROR_NO_BINARY_FOR_GPU, "PTX for sm_" + std::to_string(translation.target) + ", run on sm_"
            + std::to_string(device.architecture));
    _library = dlopen(compile(translation.cpp, translation.target).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (_library == nullptr)
        throw Failure(CUDA_ERROR_INVALID_IMAGE, dlerror());
    _table = static_cast<const Module*>(dlsym(_library, "emulated_module"));
}

LoadedModule::~LoadedModule()
{
    dlclose(_library);
}

int Function::maxThreads() const
{
    return kernel->maxThreads == 0 ? Device::threadsPerBlock : static_cast<int>(kernel->maxThreads);
}

PreparedLaunch::PreparedLaunch(std::shared_ptr<Function> function, Index grid, Index block, unsigned sharedBytes,
    bool cooperative, const Arguments& given, const Device& device)
    : _function(std::move(function)), _grid(grid), _block(block), _sharedBytes(sharedBytes), _cooperative(cooperative)
{
    checkSizes(device);
    const Kernel& kernel = *_function->kernel;
    std::size_t offset = 0; // in a buffer of all parameters
    for (unsigned i = 0; i < kernel.parameterCount; i++)
    {
        Parameter parameter = kernel.parameters[i];
        const char* bytes;
        if (given.buffer != nullptr)
        {
            offset = (offset + parameter.alignment - 1) / parameter.alignment * parameter.alignment;
            if (offset + parameter.size > given.bytes)
                throw Failure(CUDA_ERROR_INVALID_VALUE, std::string(kernel.name) + ": " + std::to_string(given.bytes)
                    + " bytes of parameters are too few");
            bytes = given.buffer + offset;
            offset += parameter.size;
        }
        else if (given.pointers == nullptr || given.pointers[i] == nullptr)
            throw Failure(CUDA_ERROR_INVALID_VALUE,
                std::string(kernel.name) + ": no pointer to parameter " + std::to_string(i));
        else
            bytes = static_cast<const char*>(given.pointers[i]);
        _arguments.emplace_back(bytes, bytes + parameter.size);
    }
    if (given.buffer != nullptr && offset != given.bytes && (offset + 7) / 8 * 8 != given.bytes)
        throw Failure(CUDA_ERROR_INVALID_VALUE, std::string(kernel.name) + ": " + std::to_string(given.bytes)
            + " bytes of parameters, and not " + std::to_string(offset));
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
    if (_block.x * _block.y * _block.z > static_cast<unsigned>(_function->maxThreads()))
        refuse(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "compiled for blocks of at most "
            + std::to_string(_function->maxThreads()) + " threads");
    if (_sharedBytes > static_cast<unsigned>(std::max(0, _function->maxDynamicShared)))
        refuse(CUDA_ERROR_INVALID_VALUE, std::to_string(_sharedBytes) + " bytes of dynamic shared memory, "
            + std::to_string(_function->maxDynamicShared) + " are set");
    auto threads = static_cast<int>(_block.x * _block.y * _block.z);
    constexpr int registers = Device::usualRegisters;
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
        // Views and pointers: an aligned part of a parameter that is an address on the device is one.
        for (std::size_t at = 0; at + sizeof(CUdeviceptr) <= arguments[i].size(); at += sizeof(CUdeviceptr))
        try
        {
            CUdeviceptr address;
            std::memcpy(&address, arguments[i].data() + at, sizeof address);
            if (!memory.mayBeAddress(address))
                continue;
            addresses.push_back(address);
            void* here = memory.argument(address);
            std::memcpy(arguments[i].data() + at, &here, sizeof here);
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
