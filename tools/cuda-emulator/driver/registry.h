#pragma once
#include "../failure.h"
#include <map>
#include <memory>

namespace emulator
{
// The live objects of one kind by handle. A handle is never given twice.
template <class T> class Registry
{
public:
    Registry(const char* kind, std::uintptr_t first) : _kind(kind), _first(first), _next(first) {}

    std::uintptr_t add(std::shared_ptr<T> object)
    {
        _next += 16;
        _live[_next] = std::move(object);
        return _next;
    }

    std::shared_ptr<T> get(std::uintptr_t handle) const
    {
        auto found = _live.find(handle);
        if (found != _live.end())
            return found->second;
        bool was = handle > _first && handle <= _next;
        throw Failure(CUDA_ERROR_INVALID_HANDLE,
            std::string(was ? "a " : "no handle of a ") + _kind + (was ? " that was destroyed" : ""));
    }

    std::shared_ptr<T> remove(std::uintptr_t handle)
    {
        std::shared_ptr<T> object = get(handle);
        _live.erase(handle);
        return object;
    }

    const std::map<std::uintptr_t, std::shared_ptr<T>>& all() const { return _live; }
    void clear() { _live.clear(); }

private:
    const char* _kind;
    std::uintptr_t _first, _next;
    std::map<std::uintptr_t, std::shared_ptr<T>> _live;
};
}
