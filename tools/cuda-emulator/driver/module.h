#pragma once
#include "../execution/grid.h"
#include "../failure.h"
#include "device.h"
#include "memory.h"
#include <memory>
#include <vector>

namespace emulator
{
// A shared library with the kernels of a PTX text.
class LoadedModule
{
public:
    LoadedModule(const char* ptx, const Device& device);
    ~LoadedModule();
    LoadedModule(const LoadedModule&) = delete;

    const Module& table() const { return *_table; }
    std::size_t staticShared() const { return static_cast<std::size_t>(_table->sharedEnd - _table->sharedBegin); }

private:
    void* _library = nullptr;
    const Module* _table = nullptr;
};

struct Function
{
    std::shared_ptr<LoadedModule> module;
    const Kernel* kernel;
    int maxDynamicShared;

    int maxThreads() const;
};

// A kernel's parameters as a launch gives them: a pointer to each, or all of them in one buffer.
struct Arguments
{
    void** pointers;
    const char* buffer;
    std::size_t bytes;
};

// A launch with a copy of its arguments, ready to run any number of times.
class PreparedLaunch
{
public:
    // Throws for what the driver refuses at once.
    PreparedLaunch(std::shared_ptr<Function> function, Index grid, Index block, unsigned sharedBytes, bool cooperative,
        const Arguments& given, const Device& device);

    const char* name() const { return _function->kernel->name; }

    // Throws for what a GPU would report later.
    void run(const Memory& memory) const;

private:
    void checkSizes(const Device& device) const;

    std::shared_ptr<Function> _function;
    Index _grid, _block;
    unsigned _sharedBytes;
    bool _cooperative;
    std::vector<std::vector<char>> _arguments;
};
}
