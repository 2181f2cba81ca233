using System.Runtime.InteropServices;
using GpuLstm.Runtime.Accelerators;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>What every guarded buffer can be asked after an operation.</summary>
public interface IGuarded : IDisposable
{
    /// <summary>Fails where the operation wrote beside its view, or into an input.</summary>
    void Check();
}

/// <summary>A view in the midst of a larger buffer, at an odd offset, between two zones of bits that are NaN as floats:
/// what reads them spoils its result, what writes them is found.</summary>
public sealed class Guarded<T> : IGuarded where T : unmanaged
{
    private const int Before = 37, After = 61;
    private readonly MemoryBuffer1D<T, Stride1D.Dense> _buffer;
    private readonly Engine _engine;
    private readonly T[] _expected; // the whole buffer as it was made
    private readonly bool _input;
    private readonly string _name;

    /// <param name="values">What the view holds at first.</param>
    /// <param name="input">Whether no operation may change it.</param>
    public Guarded(Engine engine, ReadOnlySpan<T> values, bool input, string name)
    {
        _expected = new T[Before + values.Length + After];
        _expected.AsSpan().Fill(Poison);
        values.CopyTo(_expected.AsSpan(Before));
        _engine = engine;
        _buffer = engine.Upload<T>(_expected);
        (_input, _name) = (input, name);
        View = _buffer.View.Slice(Before, values.Length);
    }

    /// <summary>All bits set: NaN, -1 or 255.</summary>
    public static T Poison
    {
        get
        {
            T poison = default;
            MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref poison, 1)).Fill(0xFF);
            return poison;
        }
    }

    public ArrayView<T> View { get; }

    /// <summary>What the view holds now.</summary>
    public T[] Read() => _engine.Read(View);

    /// <summary>What the view held at first.</summary>
    public T[] First => _expected[Before..^After];

    public void Check()
    {
        T[] now = _engine.Read(_buffer);
        CheckPart(now, 0, Before, "before its view");
        CheckPart(now, now.Length - After, After, "after its view");
        if (_input)
            CheckPart(now, Before, now.Length - Before - After, "which is an input");
    }

    private void CheckPart(T[] now, int start, int length, string where)
    {
        // Bytes, since no NaN equals another.
        ReadOnlySpan<byte> actual = MemoryMarshal.AsBytes(now.AsSpan(start, length));
        int same = actual.CommonPrefixLength(MemoryMarshal.AsBytes(_expected.AsSpan(start, length)));
        if (same < actual.Length)
            Assert.Fail(
                $"The operation wrote into {_name}, {where}, at element {same / Marshal.SizeOf<T>()} of {length}.");
    }

    public void Dispose() => _buffer.Dispose();
}
