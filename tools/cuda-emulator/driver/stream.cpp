#include "stream.h"

namespace emulator
{
namespace
{
constexpr std::size_t longestQueue = 1024; // then the driver, too, makes its caller wait
}

void Stream::push(Work work)
{
    _queue.push_back(std::move(work));
    _submitted++;
    if (_queue.size() > longestQueue)
        runTo(_submitted - longestQueue / 2);
}

void Stream::runTo(std::uint64_t position)
{
    while (_done < position)
    {
        Work work = std::move(_queue.front());
        _queue.pop_front();
        _done++;
        work();
    }
}
}
