#pragma once
#include "../failure.h"
#include <map>
#include <set>

namespace emulator
{
// The memory of a device, and the host's pinned memory. Device addresses are numbers that no pointer of this process can
// be and that are never used twice; the bytes behind them end at pages that fault, and begin as poison.
class Memory
{
public:
    explicit Memory(std::size_t capacity) : _capacity(capacity) {}
    ~Memory();
    Memory(const Memory&) = delete;

    CUdeviceptr allocate(std::size_t bytes);
    void free(CUdeviceptr address);

    // Whether an address is the start of an allocation; throws, as free() does, if not.
    void checkStart(CUdeviceptr address) const;

    // Where the bytes are. Throws where they are not all inside one live allocation.
    char* access(CUdeviceptr address, std::size_t bytes) const;

    // What a kernel reads through a pointer argument: null, device memory, or pinned host memory.
    void* argument(CUdeviceptr address) const;

    // Whether a number is in the range of device addresses.
    bool mayBeAddress(std::uint64_t number) const { return number >= firstAddress && number < s_next; }

    // Throws if something was written beside the allocation that holds an address.
    void checkGuards(CUdeviceptr address) const;

    void* allocateHost(std::size_t bytes);
    void freeHost(void* pointer);

    // Whether all of a range is pinned. Throws where a part is, or where it was.
    bool isPinned(const void* pointer, std::size_t bytes) const;

    std::size_t capacity() const { return _capacity; }
    std::size_t used() const { return _used; }
    std::size_t allocations() const { return _live.size() + _pinned.size(); }

private:
    struct Allocation
    {
        std::size_t bytes;
        char *mapped, *begin, *data, *end; // [mapped, begin) and from end on: no access; [begin, data): guard
        std::size_t mappedBytes;
    };

    using Live = std::map<CUdeviceptr, Allocation>;

    Live::const_iterator find(CUdeviceptr address) const;
    static Allocation map(std::size_t bytes);
    std::string whyUnknown(CUdeviceptr address) const;
    static std::string text(CUdeviceptr address);

    static constexpr CUdeviceptr firstAddress = 0xd000'0000'0000; // above all that a process can map
    std::size_t _capacity, _used = 0;
    static CUdeviceptr s_next;
    Live _live;
    std::map<CUdeviceptr, std::size_t> _freed;
    std::map<const char*, Allocation> _pinned;
};
}
