#pragma once
#include <map>
#include <string>

namespace emulator
{
// What names of a kernel stand for in C++: parameters and arrays.
using Symbols = std::map<std::string, std::string>;

// An instruction as a C++ statement. Throws std::string with what is wrong.
std::string translateInstruction(const std::string& statement, const Symbols& symbols);

// The C++ name of a register.
std::string registerName(const std::string& name);

// Whether it names a type, and so becomes a template argument: s32, f32, bf16x2.
bool isType(const std::string& suffix);
}
