#pragma once
#include "../api.h"
#include <string>

namespace emulator
{
// Who is told of a fault on this thread: the code a GPU would report, and what happened. Must not return.
using FaultHandler = void (*)(CUresult code, const std::string& what);

// From now on faults of this thread go to the handler; null: to whom they went before.
void catchFaults(FaultHandler handler);
}
