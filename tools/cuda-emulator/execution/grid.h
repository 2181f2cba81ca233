#pragma once
#include "../failure.h"
#include "../kernel/abi.h"
#include <optional>
#include <string>
#include <vector>

namespace emulator
{
// A kernel and how it is to be run.
struct GridLaunch
{
    const Module* module;
    const Kernel* kernel;
    Index grid, block;
    unsigned dynamicSharedBytes;
    bool cooperative; // all blocks live at once
    void** parameters;
};

// Runs all threads on the calling one. Returns why it could not: what a kernel does wrong comes back as the sticky
// error that a GPU reports for it.
std::optional<Failure> runGrid(const GridLaunch& launch);
}
