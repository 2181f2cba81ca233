using GpuLstm.Runtime.Accelerators.Cpu;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Accelerators;

/// <summary>The processor's buffers: ILGPU's, aligned for vectors.</summary>
[TestFixture]
public class CpuMemoryTests
{
    [Test]
    public void Buffers_start_at_a_cache_line_and_hold_zeros([Values(0, 1, 33, 100_000)] int length)
    {
        using CpuEngine cpu = new(1);
        using MemoryBuffer1D<byte, Stride1D.Dense> buffer = cpu.Allocate<byte>(length);
        Assert.That((long)buffer.NativePtr % 64, Is.Zero);
        Assert.That(buffer.Length, Is.EqualTo(length));
        Assert.That(buffer.Accelerator, Is.SameAs(cpu.Accelerator));
        Assert.That(cpu.Read(buffer), Has.All.EqualTo((byte)0));
    }

    [Test]
    public void A_buffer_that_is_freed_is_refused()
    {
        using CpuEngine cpu = new(1);
        MemoryBuffer1D<float, Stride1D.Dense> buffer = cpu.Allocate<float>(10);
        using var target = cpu.Allocate<float>(10);
        buffer.Dispose();
        buffer.Dispose(); // twice does no harm
        Assert.That(() => cpu.Operations.Copy(buffer.View, target.View), Throws.ArgumentException);
    }
}
