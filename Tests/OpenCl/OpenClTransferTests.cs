using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.OpenCl;

/// <summary>Both ways of copying, whichever of them the device asks for.</summary>
[TestFixture(true)]
[TestFixture(false)]
public class OpenClTransferTests(bool sharesHostMemory) : OpenClTests
{
    private const int Piece = 1 << 20; // bytes that travel at a time

    [Test]
    public void What_is_copied_there_comes_back(
        [Values(1, 3, 4097, Piece - 1, Piece, Piece + 1, 3 * Piece + 12_345)] int count, [Values(0, 1, 333)] int offset)
    {
        using OpenClContext context = new(Device with { SharesHostMemory = sharesHostMemory });
        using OpenClBuffer<byte> buffer = new(context, offset + count + 100, zeros: true);
        byte[] values = new byte[count];
        for (int i = 0; i < count; i++)
            values[i] = (byte)((uint)i * 2654435761 >> 24 | 1);
        byte[] sent = [.. values];
        buffer.CopyFrom(offset, sent);
        Array.Clear(sent); // may be reused at once
        byte[] back = new byte[count], whole = new byte[offset + count + 100];
        buffer.CopyTo(offset, back);
        buffer.CopyTo(0, whole);
        Assert.That(back.AsSpan().SequenceEqual(values), Is.True);
        Assert.That(whole.AsSpan(0, offset).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(whole.AsSpan(offset, count).SequenceEqual(values), Is.True);
        Assert.That(whole.AsSpan(offset + count).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    [Test]
    public void Copies_keep_their_order()
    {
        using OpenClContext context = new(Device with { SharesHostMemory = sharesHostMemory });
        using OpenClBuffer<int> buffer = new(context, Piece, zeros: false);
        int[] values = new int[Piece];
        for (int round = 0; round < 5; round++)
        {
            values.AsSpan().Fill(round);
            buffer.CopyFrom(0, values);
            buffer.CopyFrom(round, values.AsSpan(0, 1));
        }
        Assert.That(buffer.View.ToArray(), Has.All.EqualTo(4));
    }
}
