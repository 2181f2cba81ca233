// Modules, functions and launches.
#include "../functions.h"
#include "driver.h"
#include <algorithm>
#include <cstdio>

using namespace emulator;

namespace
{
CUresult launch(const char* name, CUfunction function, Index grid, Index block, unsigned sharedBytes, CUstream stream,
    const Arguments& arguments, bool cooperative)
{
    return callContext(name, [&](Context& context) {
        auto prepared = std::make_shared<PreparedLaunch>(
            context.functions.get(function), grid, block, sharedBytes, cooperative, arguments, context.device);
        context.submit(stream, [&context, prepared] { prepared->run(context.memory); });
    });
}
}

EXPORT CUresult cuModuleLoadData(CUmodule* module, const void* image)
{
    return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

EXPORT CUresult cuModuleLoadDataEx(
    CUmodule* module, const void* image, unsigned count, const CUjit_option* options, void** values)
{
    return callContext("cuModuleLoadDataEx", [&](Context& context) {
        context.refuseDuringCapture("loading a module");
        char* log = nullptr;
        std::size_t room = 0;
        for (unsigned i = 0; i < count; i++)
            if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
                log = static_cast<char*>(values[i]);
            else if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
                room = reinterpret_cast<std::size_t>(values[i]) & 0xffffffff;
            else if (options[i] != CU_JIT_INFO_LOG_BUFFER && options[i] != CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES)
                throw Failure(CUDA_ERROR_INVALID_VALUE, "JIT option " + std::to_string(options[i]) + " is not emulated");
        try
        {
            result(module) = context.modules.add(
                std::make_shared<LoadedModule>(static_cast<const char*>(image), context.device));
        }
        catch (const Failure& failure)
        {
            if (log != nullptr && room > 0)
                std::snprintf(log, room, "%s", failure.message.c_str());
            throw;
        }
    });
}

EXPORT CUresult cuModuleUnload(CUmodule handle)
{
    return callContext("cuModuleUnload", [&](Context& context) {
        context.refuseDuringCapture("unloading a module");
        std::shared_ptr<LoadedModule> module = context.modules.get(handle);
        context.runAll();
        std::vector<CUfunction> gone;
        for (const auto& [function, loaded] : context.functions.all())
            if (loaded->module == module)
                gone.push_back(function);
        for (CUfunction function : gone)
            context.functions.remove(function);
        context.modules.remove(handle);
    });
}

EXPORT CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name)
{
    return callContext("cuModuleGetFunction", [&](Context& context) {
        std::shared_ptr<LoadedModule> module = context.modules.get(handle);
        CUfunction& found = result(function);
        result(name);
        for (const Kernel* const* kernel = module->table().kernels; *kernel != nullptr; kernel++)
            if (std::string((*kernel)->name) == name)
            {
                int dynamic = Device::sharedPerBlock - static_cast<int>(module->staticShared());
                if (dynamic < 0)
                    throw Failure(CUDA_ERROR_INVALID_IMAGE, "more than 48 KiB of static shared memory");
                found = context.functions.add(std::make_shared<Function>(Function{module, *kernel, dynamic}));
                return;
            }
        throw Failure(CUDA_ERROR_NOT_FOUND, std::string("no kernel ") + name);
    });
}

EXPORT CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction handle)
{
    return callContext("cuFuncGetAttribute", [&](Context& context) {
        std::shared_ptr<Function> function = context.functions.get(handle);
        int& found = result(value);
        switch (attribute)
        {
            case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: found = function->maxThreads(); return;
            case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: found = static_cast<int>(function->module->staticShared()); return;
            case CU_FUNC_ATTRIBUTE_NUM_REGS: found = Device::usualRegisters; return;
            case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
            case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: found = 0; return;
            case CU_FUNC_ATTRIBUTE_PTX_VERSION:
            case CU_FUNC_ATTRIBUTE_BINARY_VERSION: found = context.device.architecture; return;
            case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: found = function->maxDynamicShared; return;
            case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: found = -1; return;
        }
        throw Failure(CUDA_ERROR_INVALID_VALUE, "function attribute " + std::to_string(attribute) + " is not emulated");
    });
}

EXPORT CUresult cuFuncSetAttribute(CUfunction handle, CUfunction_attribute attribute, int value)
{
    return callContext("cuFuncSetAttribute", [&](Context& context) {
        std::shared_ptr<Function> function = context.functions.get(handle);
        if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT)
            return;
        if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "function attribute " + std::to_string(attribute) + " cannot be set");
        int largest = context.device.sharedPerBlockOptIn - static_cast<int>(function->module->staticShared());
        if (value < 0 || value > largest)
            throw Failure(CUDA_ERROR_INVALID_VALUE, std::to_string(value) + " bytes of dynamic shared memory, at most "
                + std::to_string(largest));
        function->maxDynamicShared = value;
    });
}

EXPORT CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(
    int* blocks, CUfunction handle, int blockSize, std::size_t dynamicShared)
{
    return callContext("cuOccupancyMaxActiveBlocksPerMultiprocessor", [&](Context& context) {
        std::shared_ptr<Function> function = context.functions.get(handle);
        if (blockSize < 1)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "the size of the block");
        bool fits = blockSize <= function->maxThreads()
            && dynamicShared <= static_cast<std::size_t>(std::max(0, function->maxDynamicShared));
        result(blocks) = fits ? context.device.blocksThatFit(
            blockSize, Device::usualRegisters, dynamicShared + function->module->staticShared()) : 0;
    });
}

// Some size that fits: there is no occupancy to look for.
EXPORT CUresult cuOccupancyMaxPotentialBlockSize(
    int* gridSize, int* blockSize, CUfunction handle, std::size_t (*)(int), std::size_t, int limit)
{
    return callContext("cuOccupancyMaxPotentialBlockSize", [&](Context& context) {
        int threads = std::min(256, context.functions.get(handle)->maxThreads());
        result(blockSize) = limit > 0 ? std::min(limit, threads) : threads;
        result(gridSize) = context.device.units;
    });
}

EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
    unsigned blockY, unsigned blockZ, unsigned sharedBytes, CUstream stream, void** parameters, void** extra)
{
    Arguments arguments{parameters, nullptr, 0};
    for (void** part = extra; part != nullptr && *part != nullptr; part += 2)
        if (*part == reinterpret_cast<void*>(1)) // CU_LAUNCH_PARAM_BUFFER_POINTER
            arguments.buffer = static_cast<const char*>(part[1]);
        else if (*part == reinterpret_cast<void*>(2)) // CU_LAUNCH_PARAM_BUFFER_SIZE
            arguments.bytes = *static_cast<const std::size_t*>(part[1]);
        else
            return CUDA_ERROR_INVALID_VALUE;
    return launch("cuLaunchKernel", function, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, sharedBytes, stream,
        arguments, false);
}

EXPORT CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
    unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes, CUstream stream, void** parameters)
{
    return launch("cuLaunchCooperativeKernel", function, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, sharedBytes,
        stream, Arguments{parameters, nullptr, 0}, true);
}
