#include "grid.h"
#include "block.h"
#include "faults.h"
#include <csetjmp>

namespace emulator
{
namespace
{
constexpr int passesToGiveUp = 100000; // in which all live threads only polled

std::jmp_buf s_escape; // to runGrid, from any thread's stack or a signal handler
Failure s_failure{CUDA_SUCCESS, ""};

void failRunning(const char* message)
{
    abandon(CUDA_ERROR_LAUNCH_FAILED, Block::describeRunning() + ": " + message);
}

void failMisaligned()
{
    abandon(CUDA_ERROR_MISALIGNED_ADDRESS, Block::describeRunning() + ": an access is not aligned to its size");
}

constexpr Calls calls = {Block::waitForBlock, Block::exchange, Block::copyLater, Block::commitCopies,
    Block::waitForCopies, Block::poll, failRunning, failMisaligned};

// What outlives an escape; the frames between hold nothing that needs a destructor.
struct Run
{
    const GridLaunch& launch;
    FiberPool& fibers;
    std::vector<std::unique_ptr<Block>> blocks;

    void all()
    {
        std::size_t count = static_cast<std::size_t>(launch.grid.x) * launch.grid.y * launch.grid.z;
        std::size_t together = launch.cooperative ? count : 1;
        for (std::size_t i = 0; i < together; i++)
            blocks.push_back(std::make_unique<Block>(launch, fibers));
        for (std::size_t done = 0; done < count; done += together)
        {
            // Blocks go last to first: none may count on another one having run before it.
            for (std::size_t i = 0; i < together; i++)
                blocks[i]->begin(place(count - 1 - done - i));
            finish();
        }
    }

    void finish()
    {
        int idle = 0;
        for (bool live = true; live;)
        {
            bool progress = false;
            live = false;
            for (const std::unique_ptr<Block>& block : blocks)
                if (!block->finished())
                {
                    progress |= block->run();
                    live |= !block->finished();
                }
            idle = progress ? 0 : idle + 1;
            if (idle > passesToGiveUp)
                abandon(CUDA_ERROR_LAUNCH_TIMEOUT, Block::describeRunning() + ": polls for what nobody will write");
        }
    }

    Index place(std::size_t number) const
    {
        auto n = static_cast<unsigned>(number);
        return {n % launch.grid.x, n / launch.grid.x % launch.grid.y, n / launch.grid.x / launch.grid.y};
    }
};
}

void abandon(CUresult code, const std::string& message)
{
    s_failure.code = code;
    s_failure.message = message;
    std::longjmp(s_escape, 1);
}

std::optional<Failure> runGrid(const GridLaunch& launch)
{
    static FiberPool fibers;
    launch.module->state->calls = &calls;
    Run run{launch, fibers, {}};
    if (_setjmp(s_escape) != 0)
    {
        catchFaults(nullptr);
        return s_failure;
    }
    catchFaults([](CUresult code, const std::string& what) {
        abandon(code, Block::describeRunning() + ": " + what);
    });
    run.all();
    catchFaults(nullptr);
    return std::nullopt;
}
}
