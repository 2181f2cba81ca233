using GpuLstm.Runtime.Accelerators;
using GpuLstm.Tests.Reference;
using NUnit.Framework.Interfaces;

namespace GpuLstm.Tests.OperationFixtures;

/// <summary>The tests of one operation, run on every accelerator. Buffers made here are checked after each test: guard
/// zones and inputs must be as they were.</summary>
[TestFixtureSource(typeof(TestEngine), nameof(TestEngine.All))]
public abstract class OperationFixture(TestEngine on)
{
    /// <summary>2^-24: half the distance from 1 to the next float.</summary>
    protected const double RoundOff = 1.0 / (1 << 24);

    private const long SlowWork = 200_000; // multiply-adds that the debug accelerator does in reasonable time
    private const int SlowLaunches = 6;
    private readonly List<IGuarded> _buffers = [];

    protected Engine Engine => on.Open();

    protected Operations Operations => Engine.Operations;

    protected SampleNumbers Numbers { get; private set; } = null!;

    [OneTimeSetUp]
    public void SkipWhereAbsent() => on.Open();

    [SetUp]
    public void Begin() => Numbers = new(1);

    [TearDown]
    public void CheckBuffers()
    {
        try
        {
            if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Passed)
                foreach (IGuarded buffer in _buffers)
                    buffer.Check();
        }
        finally
        {
            foreach (IGuarded buffer in _buffers)
                buffer.Dispose();
            _buffers.Clear();
        }
    }

    /// <summary>Values that operations only read.</summary>
    protected Guarded<float> Input(ReadOnlySpan<double> values, string name) =>
        Keep(new Guarded<float>(Engine, Compare.Narrow(values), input: true, name));

    /// <summary>Values that operations only read.</summary>
    protected Guarded<T> Input<T>(ReadOnlySpan<T> values, string name) where T : unmanaged =>
        Keep(new Guarded<T>(Engine, values, input: true, name));

    /// <summary>Poison that an operation is to overwrite.</summary>
    protected Guarded<float> Output(int count, string name)
    {
        float[] poison = new float[count];
        poison.AsSpan().Fill(Guarded<float>.Poison);
        return Keep(new Guarded<float>(Engine, poison, input: false, name));
    }

    /// <summary>Values that an operation updates in place.</summary>
    protected Guarded<float> Updated(ReadOnlySpan<double> values, string name) =>
        Keep(new Guarded<float>(Engine, Compare.Narrow(values), input: false, name));

    /// <summary>Values that an operation updates in place.</summary>
    protected Guarded<T> Updated<T>(ReadOnlySpan<T> values, string name) where T : unmanaged =>
        Keep(new Guarded<T>(Engine, values, input: false, name));

    /// <summary>Skips the test where the accelerator is made for less work.</summary>
    protected void NeedsWork(long multiplyAdds)
    {
        if (on.Slow && multiplyAdds > SlowWork)
            Assert.Ignore($"'{on}' is for small shapes; this one takes {multiplyAdds} multiply-adds.");
    }

    /// <summary>Skips the test where the accelerator is made for less than so many launches of groups, whose items are
    /// threads of its own there.</summary>
    protected void NeedsGroups(int launches)
    {
        if (on.Slow && launches > SlowLaunches)
            Assert.Ignore($"'{on}' is for small shapes; this one takes {launches} launches of whole groups.");
    }

    /// <summary>Close within a fraction of the largest expected magnitude.</summary>
    protected static void CloseToScale(ReadOnlySpan<float> actual, double[] expected, double tolerance, string name) =>
        Compare.Close(actual, expected, tolerance * expected.Max(Math.Abs), 0, name);

    private Guarded<T> Keep<T>(Guarded<T> buffer) where T : unmanaged
    {
        _buffers.Add(buffer);
        return buffer;
    }
}
