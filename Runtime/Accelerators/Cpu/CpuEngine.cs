using System.Runtime.Intrinsics;
using GpuLstm.Kernels.Cpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>The processor itself: explicit vectors, long-lived threads.</summary>
public sealed class CpuEngine : Engine
{
    private readonly WorkerPool _pool;

    /// <param name="threads">Worker threads, the caller's included; 0: one per processor.</param>
    /// <param name="vectorBits">512, 256 or 128 to force a width; 0: the widest that the processor has.</param>
    /// <exception cref="UsageException">A number that is none of these.</exception>
    public CpuEngine(int threads = 0, int vectorBits = 0)
    {
        if (threads is < 0 or > 1024)
            throw new UsageException(
                $"--threads must be between 1 and 1024, or 0 for one per processor; it is {threads}.");
        int best = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        VectorBits = vectorBits == 0 ? best : vectorBits;
        _pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        Operations = VectorBits switch
        {
            512 => new CpuOperations<Simd512, Vector512<float>>(this, _pool),
            256 => new CpuOperations<Simd256, Vector256<float>>(this, _pool),
            128 => new CpuOperations<Simd128, Vector128<float>>(this, _pool),
            _ => throw new UsageException($"The vector width must be 128, 256 or 512 bits; it is {vectorBits}."),
        };
    }

    public int Threads => _pool.Workers;

    public int VectorBits { get; }

    public override string Id => "cpu";

    public override string Name { get; } = Processor.Name;

    public override Accelerator Accelerator => CpuMemory.Accelerator;

    public override AcceleratorStream Stream => CpuMemory.Accelerator.DefaultStream;

    public override long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["threads"] = $"{Threads}",
        ["vector_bits"] = $"{VectorBits}",
    };

    public override Operations Operations { get; }

    public override MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long length) => CpuMemory.Allocate<T>(length);

    public override ReadBack<T> CreateReadBack<T>(int capacity) => new ImmediateReadBack<T>(this, capacity);

    internal override unsafe void CopyToHost<T>(ArrayView<T> source, T* target) =>
        Buffer.MemoryCopy(source.Pointer(source.Length), target, source.LengthInBytes, source.LengthInBytes);

    public override void Synchronize() { } // operations return when they are done

    public override DevicePeak MeasurePeak() => VectorBits switch
    {
        512 => CpuPeak<Simd512, Vector512<float>>.Measure(_pool),
        256 => CpuPeak<Simd256, Vector256<float>>.Measure(_pool),
        _ => CpuPeak<Simd128, Vector128<float>>.Measure(_pool),
    };

    protected override void Dispose(bool disposing)
    {
        _pool.Dispose();
        ((IDisposable)Operations).Dispose();
    }
}
