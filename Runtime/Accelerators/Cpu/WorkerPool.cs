using System.Diagnostics;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>Long-lived worker threads that run one function at a time, together with the caller. Starting work costs
/// about a microsecond while they spin (the gaps inside a training step) and allocates nothing; idle workers
/// sleep.</summary>
public sealed unsafe class WorkerPool : IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000; // 100 us: longer than any gap inside a step

    private readonly Thread[] _threads;
    private readonly Sleeper[] _sleepers;
    private delegate*<ref byte, int, int, void> _work;
    private void* _arguments;
    private volatile int _generation;
    private int _running;
    private volatile bool _stopping;

    /// <summary>Starts <paramref name="workers"/> - 1 threads: the caller of <see cref="Run"/> is the first
    /// worker.</summary>
    public WorkerPool(int workers)
    {
        Workers = workers;
        _threads = new Thread[workers - 1];
        _sleepers = new Sleeper[workers - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _sleepers[i] = new Sleeper();
            _threads[i] = new Thread(() => Loop(worker), 1 << 20)
            {
                IsBackground = true, Name = $"gpulstm worker {worker}",
            };
            _threads[i].Start();
        }
    }

    public int Workers { get; }

    /// <summary>Runs work(arguments, worker, workers) on every worker and returns when all are done. The work must not
    /// throw.</summary>
    public void Run<T>(delegate*<in T, int, int, void> work, in T arguments) where T : unmanaged
    {
        fixed (T* pinned = &arguments)
        {
            _work = (delegate*<ref byte, int, int, void>)work;
            _arguments = pinned;
            Volatile.Write(ref _running, _threads.Length);
            Start();
            work(arguments, 0, Workers);
            for (int spins = 0; Volatile.Read(ref _running) != 0; spins++)
                if (spins < 10_000)
                    Thread.SpinWait(4);
                else
                    Thread.Yield(); // more workers than cores: let the late one run
        }
    }

    /// <summary>Begins a generation: every worker sees its number change, or is woken to see it.</summary>
    private void Start()
    {
        Interlocked.Increment(ref _generation);
        foreach (Sleeper sleeper in _sleepers)
            sleeper.Wake();
    }

    private void Loop(int worker)
    {
        for (int seen = 0; ; seen++)
        {
            Await(seen, _sleepers[worker - 1]);
            if (_stopping)
                return;
            _work(ref *(byte*)_arguments, worker, Workers);
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Waits for the generation after <paramref name="seen"/>: first spinning, then asleep.</summary>
    private void Await(int seen, Sleeper sleeper)
    {
        long start = Stopwatch.GetTimestamp();
        while (_generation == seen)
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
                Thread.SpinWait(4);
            else
                sleeper.Sleep(this, seen);
    }

    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        Start();
        foreach (Thread thread in _threads)
            thread.Join();
        foreach (Sleeper sleeper in _sleepers)
            sleeper.Dispose();
    }

    /// <summary>Where one worker sleeps. An event, because waiting on a monitor allocates.</summary>
    private sealed class Sleeper : IDisposable
    {
        private readonly AutoResetEvent _event = new(false);
        private int _asleep;

        /// <summary>Sleeps until woken, unless the pool has left the generation already.</summary>
        public void Sleep(WorkerPool pool, int generation)
        {
            // before the check: the pool raises the generation first and looks here next
            Interlocked.Exchange(ref _asleep, 1);
            if (pool._generation == generation || Interlocked.Exchange(ref _asleep, 0) == 0)
                _event.WaitOne(); // or it is being woken this moment: take that, lest it end the next sleep
        }

        public void Wake()
        {
            if (Volatile.Read(ref _asleep) != 0 && Interlocked.Exchange(ref _asleep, 0) != 0)
                _event.Set();
        }

        public void Dispose() => _event.Dispose();
    }
}
