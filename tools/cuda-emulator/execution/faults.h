#pragma once
#include "../api.h"
#include <string>

namespace emulator
{
// Who is told of a fault on this thread: the code a GPU would report, what happened, and where in memory. Must not return.
using FaultHandler = void (*)(CUresult code, const std::string& what, const void* address);

// From now on faults of this thread go to the handler; null: to whom they went before.
void catchFaults(FaultHandler handler);
}
