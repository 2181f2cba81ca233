using System.Diagnostics;
using GpuLstm.Runtime;
using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.OperationFixtures;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.Accelerators;

/// <summary>Memory and copies of every engine.</summary>
[TestFixtureSource(typeof(TestEngine), nameof(TestEngine.AsUsed))]
public class EngineFixture(TestEngine on)
{
    private const int Piece = 1 << 20;

    private Engine Engine => on.Open();

    [OneTimeSetUp]
    public void SkipWhereAbsent() => on.Open();

    [Test]
    public void What_is_written_comes_back(
        [Values(1, 3, 4097, Piece + 1, 3 * Piece + 12_345)] int count, [Values(0, 1, 333)] int offset)
    {
        using MemoryBuffer1D<byte, Stride1D.Dense> buffer = Engine.Allocate<byte>(offset + count + 100);
        byte[] values = new byte[count];
        for (int i = 0; i < count; i++)
            values[i] = (byte)((uint)i * 2654435761 >> 24 | 1);
        byte[] sent = [.. values];
        Engine.Write<byte>(buffer.View.Slice(offset, count), sent);
        Array.Clear(sent); // may be reused at once
        byte[] back = Engine.Read(buffer.View.Slice(offset, count)), whole = Engine.Read(buffer);
        Assert.That(back.AsSpan().SequenceEqual(values), Is.True);
        Assert.That(whole.AsSpan(0, offset).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(whole.AsSpan(offset, count).SequenceEqual(values), Is.True);
        Assert.That(whole.AsSpan(offset + count).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    /// <summary>While arrays move: ILGPU's copies do not pin what they are given by reference.</summary>
    [Test]
    public void Copies_are_right_while_the_garbage_collector_moves_arrays()
    {
        using MemoryBuffer1D<int, Stride1D.Dense> buffer = Engine.Allocate<int>(Piece);
        for (int round = 0; round < 20; round++)
        {
            int[] values = new int[Piece];
            values.AsSpan().Fill(round);
            using Timer collect = new(_ => GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true),
                null, 0, 1);
            Engine.Write<int>(buffer.View, values);
            Assert.That(Engine.Read(buffer).AsSpan().IndexOfAnyExcept(round), Is.EqualTo(-1));
        }
    }

    [Test]
    public void Copies_keep_their_order()
    {
        using MemoryBuffer1D<int, Stride1D.Dense> buffer = Engine.Allocate<int>(Piece);
        int[] values = new int[Piece];
        for (int round = 0; round < 5; round++)
        {
            values.AsSpan().Fill(round);
            Engine.Write<int>(buffer.View, values);
            Engine.Write<int>(buffer.View.Slice(round, 1), values.AsSpan(0, 1));
        }
        Assert.That(Engine.Read(buffer), Has.All.EqualTo(4));
    }

    [Test]
    public void A_reading_takes_two_views_and_is_used_again()
    {
        using MemoryBuffer1D<int, Stride1D.Dense> buffer = Engine.Upload<int>([.. Enumerable.Range(0, 100)]);
        using ReadBack<int> reading = Engine.CreateReadBack<int>(100);
        foreach ((int start, int count) in new[] { (90, 10), (95, 5), (90, 10), (0, 0) })
        {
            reading.Begin(buffer.View.Slice(start, count), buffer.View.Slice(0, 7));
            Assert.That(reading.End().ToArray(),
                Is.EqualTo(Enumerable.Range(start, count).Concat(Enumerable.Range(0, 7))));
        }
        Assert.That(() => reading.Begin(buffer.View, buffer.View.Slice(0, 1)), Throws.ArgumentException);
    }

    [TestCase(0, 101)]
    [TestCase(100, 1)]
    [TestCase(-1, 1)]
    [TestCase(1, -1)]
    public void A_part_that_leaves_its_view_is_refused(int start, int count)
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = Engine.Allocate<float>(100);
        Assert.That(() => buffer.View.Slice(start, count), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Engine.Write<float>(buffer.View, new float[101]),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Engine.Read<float>(buffer.View, new float[101]),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(buffer.View.Slice(100, 0).IsValid, Is.False);
    }

    [Test]
    public void Operations_refuse_a_view_that_is_too_short_or_absent()
    {
        using MemoryBuffer1D<float, Stride1D.Dense> buffer = Engine.Allocate<float>(10);
        MatrixView matrix = new(buffer.View, 4);
        Assert.That(() => Engine.Operations.MatMul(new() { M = 4, N = 4, K = 4, A = matrix, B = matrix, C = matrix }),
            Throws.ArgumentException);
        MatrixView small = new(buffer.View, 2);
        Assert.That(
            () => Engine.Operations.MatMul(new() { M = 2, N = 2, K = 2, A = small, B = small, C = default }),
            Throws.ArgumentException);
    }

    /// <summary>The finalizer frees under a lock of ILGPU's, an allocation takes it too: neither may wait for the other
    /// for ever.</summary>
    [Test]
    public void Buffers_that_nobody_disposes_are_freed_while_others_are_made()
    {
        Engine engine = Engine;
        Stopwatch watch = Stopwatch.StartNew();
        Task making = Task.Run(() =>
        {
            while (watch.ElapsedMilliseconds < 1000)
                engine.AllocateWorkspace<byte>(64);
        });
        while (!making.IsCompleted && watch.Elapsed < TimeSpan.FromMinutes(1))
            GC.Collect(0);
        Assert.That(making.IsCompletedSuccessfully, Is.True, "made within a minute");
    }
}
