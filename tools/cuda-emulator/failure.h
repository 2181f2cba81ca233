#pragma once
#include "api.h"
#include <string>
#include <utility>

namespace emulator
{
// Why a call fails: the code that it returns, and what a programmer wants to know, written to stderr.
struct Failure
{
    CUresult code;
    std::string message;

    Failure(CUresult code, std::string message) : code(code), message(std::move(message)) {}
};
}
