#pragma once
#include "../kernel/abi.h"
#include <cstring>
#include <memory>
#include <vector>

namespace emulator
{
// A meeting of lanes: each gives some bytes, and when all have, each may read what all gave.
struct Exchange
{
    WarpOperation operation;
    unsigned mask, bytes, arrived = 0;
    std::vector<char> given; // lane after lane; of lanes that do not come: all ones, which is NaN

    Exchange(WarpOperation operation, unsigned mask, unsigned bytes)
        : operation(operation), mask(mask), bytes(bytes), given(32 * bytes, '\xff')
    {
    }

    void give(unsigned lane, const void* value)
    {
        arrived |= 1u << lane;
        if (bytes != 0)
            std::memcpy(&given[lane * bytes], value, bytes);
    }
};

// 32 threads in a row. Lanes that no block has or that have returned are not waited for.
class Warp
{
public:
    void reset(unsigned lanes)
    {
        _alive = lanes == 32 ? ~0u : (1u << lanes) - 1;
        _pending.clear();
    }

    unsigned alive() const { return _alive; }
    void leave(unsigned lane) { _alive &= ~(1u << lane); }

    // The exchange that a lane takes part in from now on.
    std::shared_ptr<Exchange> join(
        WarpOperation operation, unsigned mask, unsigned lane, const void* given, unsigned bytes)
    {
        for (const std::shared_ptr<Exchange>& exchange : _pending)
            if (exchange->operation == operation && exchange->mask == mask && exchange->bytes == bytes
                && (exchange->arrived >> lane & 1) == 0)
            {
                exchange->give(lane, given);
                return exchange;
            }
        _pending.push_back(std::make_shared<Exchange>(operation, mask, bytes));
        _pending.back()->give(lane, given);
        return _pending.back();
    }

    // An exchange for which all have come, removed; or null.
    std::shared_ptr<Exchange> takeComplete()
    {
        for (std::size_t i = 0; i < _pending.size(); i++)
            if ((_pending[i]->mask & _alive & ~_pending[i]->arrived) == 0)
            {
                std::shared_ptr<Exchange> complete = _pending[i];
                _pending.erase(_pending.begin() + static_cast<long>(i));
                return complete;
            }
        return nullptr;
    }

private:
    unsigned _alive = 0;
    std::vector<std::shared_ptr<Exchange>> _pending;
};
}
