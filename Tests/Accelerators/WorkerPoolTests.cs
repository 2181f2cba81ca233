using GpuLstm.Runtime.Accelerators.Cpu;

namespace GpuLstm.Tests.Accelerators;

[TestFixture]
public unsafe class WorkerPoolTests
{
    private struct Counts
    {
        public int* PerWorker;
    }

    private static void Count(in Counts counts, int worker, int workers) => counts.PerWorker[worker] += workers;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    public void Every_worker_runs_once_per_call_also_after_sleeping(int workers)
    {
        using var pool = new WorkerPool(workers);
        int* counts = stackalloc int[workers];
        for (int call = 1; call <= 300; call++)
        {
            if (call % 100 == 0)
                Thread.Sleep(20); // past the spinning: the workers are asleep
            pool.Run(&Count, new Counts { PerWorker = counts });
            for (int worker = 0; worker < workers; worker++)
                Assert.That(counts[worker], Is.EqualTo(call * workers));
        }
    }

    [Test]
    public void A_call_allocates_nothing()
    {
        using var pool = new WorkerPool(2);
        int* counts = stackalloc int[2];
        var arguments = new Counts { PerWorker = counts };
        pool.Run(&Count, arguments);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int call = 0; call < 1000; call++)
            pool.Run(&Count, arguments);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
