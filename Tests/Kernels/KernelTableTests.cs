using System.Globalization;
using System.Reflection;
using GpuLstm.Kernels;
using GpuLstm.Kernels.Gpu;
using GpuLstm.Runtime.Accelerators.Gpu;
using ILGPU;

namespace GpuLstm.Tests.Kernels;

/// <summary>The table of kernels holds all that there are and all that the runtime launches, and ILGPU compiles every
/// entry for each of its targets.</summary>
[TestFixture]
public class KernelTableTests
{
    /// <summary>Kernels by what they look like: public, static, void, an index or a view first.</summary>
    private static IEnumerable<MethodInfo> Kernels =>
        from type in typeof(KernelTable).Assembly.GetTypes()
        where type.Namespace == typeof(KernelTable).Namespace && type is { IsAbstract: true, IsSealed: true }
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.ReturnType == typeof(void) && method.GetParameters() is [var first, ..]
            && (first.ParameterType == typeof(Index1D) || IsView(first.ParameterType))
            && !method.GetParameters().Any(parameter => parameter.ParameterType.Namespace != "ILGPU"
                && !parameter.ParameterType.IsPrimitive && !parameter.ParameterType.IsEnum
                && parameter.ParameterType != typeof(OptimizerSettings))
            && method.DeclaringType != typeof(LstmCell)
        select method;

    private static bool IsView(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>);

    [Test]
    public void Every_kernel_is_in_the_table()
    {
        Assert.That(KernelTable.All.Select(kernel => kernel.Name), Is.Unique);
        Assert.That(Kernels.Select(Plain).Distinct().Order(),
            Is.EqualTo(KernelTable.All.Select(kernel => Plain(kernel.Method)).Distinct().Order()));
        static string Plain(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
    }

    [Test]
    public void A_generic_kernel_is_there_with_every_type_it_is_made_for()
    {
        foreach (Type made in new[] { typeof(IUnitRoom), typeof(IMatMulBlock<Block4>).GetGenericTypeDefinition() })
        {
            string[] types = [.. made.Assembly.GetTypes().Where(type => type.IsValueType && type.GetInterfaces()
                .Any(i => i == made || i.IsGenericType && i.GetGenericTypeDefinition() == made)).Select(t => t.Name)];
            Assert.That(types, Has.Length.AtLeast(2));
            foreach (string kernel in made == typeof(IUnitRoom)
                ? new[] { "LstmSequence.Forward", "LstmSequence.Backward" } : ["MatMul.Tiled"])
                Assert.That(KernelTable.All.Select(entry => entry.Name),
                    Is.SupersetOf(types.Select(type => $"{kernel}.{type}")));
        }
    }

    /// <summary>Each launcher is asked for once, which loads its kernel: its name is in the table, and its delegate
    /// fits the kernel.</summary>
    [TestCase("debug")]
    [TestCase("opencl")]
    public void The_runtime_launches_every_kernel_of_the_table_and_no_other(string id)
    {
        if (id == "opencl")
            Missing.UnlessOpenCl();
        using GpuEngine engine = id == "debug" ? new DebugEngine() : OpenClEngine.Open();
        List<string?> launched = [];
        foreach (PropertyInfo launcher in typeof(KernelLaunchers)
            .GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Where(property => property.PropertyType.IsSubclassOf(typeof(Delegate))
                && (id == "debug" || property.Name != nameof(KernelLaunchers.OnChipPack))))
        {
            Assert.That(launcher.GetValue(engine.Launchers), Is.Not.Null);
            launched.Add(engine.Launchers.Last);
        }
        if (id == "debug")
        {
            foreach (int kernel in Enumerable.Range(0, MatMulStaged.Kernels.Count))
                launched.Add(Name(engine.Launchers.Staged(kernel)));
            foreach (int kernel in Enumerable.Range(0, MatMulTensor.Kernels.Count))
                launched.Add(Name(engine.Launchers.Tensor(kernel)));
            foreach (OnChipVariant variant in OnChipVariant.Persistent)
            {
                launched.Add(Name(engine.Launchers.OnChip<LstmPersistentForward>(variant.Forward)));
                launched.Add(Name(engine.Launchers.OnChip<LstmPersistentBackward>(variant.Backward)));
            }
            foreach (OnChipVariant variant in OnChipVariant.Spread)
            {
                launched.Add(Name(engine.Launchers.OnChip<LstmSpreadForward>(variant.Forward)));
                launched.Add(Name(engine.Launchers.OnChip<LstmSpreadBackward>(variant.Backward)));
            }
        }
        Assert.That(launched, Is.EquivalentTo(KernelTable.All
            .Where(kernel => id == "debug" || kernel.Targets.HasFlag(KernelTargets.OpenCl))
            .Select(kernel => kernel.Name)));
        string? Name(Delegate launcher) => launcher == null ? null : engine.Launchers.Last;
    }

    /// <summary>What is chosen for a layer has room for it.</summary>
    [Test]
    public void A_layer_takes_the_smallest_room_that_holds_it([Values(1, 63, 64, 65, 128, 129, 256)] int units)
    {
        using DebugEngine engine = new();
        engine.Launchers.SequenceForward(units);
        string forward = engine.Launchers.Last!;
        engine.Launchers.SequenceBackward(units);
        int room = units <= 64 ? 64 : units <= 128 ? 128 : 256;
        Assert.That((forward, engine.Launchers.Last),
            Is.EqualTo(($"LstmSequence.Forward.Units{room}", $"LstmSequence.Backward.Units{room}")));
        Assert.That(LstmSequence.SharedBytes(units), Is.EqualTo(128L * room));
        Assert.That(LstmRecurrence.RunsWholeSequence(engine.Limits, 257), Is.False);
    }

    public static IEnumerable<TestCaseData> Compiled =>
        from kernel in KernelTable.All
        from target in new[] { "opencl", "sm_70", "sm_80" }
        where target == "opencl" ? kernel.Targets.HasFlag(KernelTargets.OpenCl)
            : kernel.LeastCapability <= int.Parse(target.AsSpan(3), CultureInfo.InvariantCulture)
        select new TestCaseData(kernel, target).SetArgDisplayNames(kernel.Name, target);

    [TestCaseSource(nameof(Compiled))]
    public void It_compiles(KernelEntry kernel, string target)
    {
        using KernelText text = target == "opencl" ? KernelText.OpenCl() : KernelText.Ptx(target);
        string compiled = text.Of(kernel);
        Assert.That(compiled, Does.Contain(target == "opencl" ? "kernel void" : ".entry"));
        if (target != "opencl")
        {
            Assert.That(compiled, Does.Not.Contain(".local"), "an array of an item lies in memory");
            // The emulated driver has one space of addresses, and would not tell.
            Assert.That(compiled, Does.Not.Contain("cvta.to.shared"), "an address in shared memory is converted again");
        }
    }

    /// <summary>ILGPU's own barrier would order accesses to global memory alone.</summary>
    [Test]
    public void The_barrier_of_opencl_is_about_shared_memory_too()
    {
        using KernelText text = KernelText.OpenCl();
        foreach (KernelEntry kernel in KernelTable.All.Where(text.Takes))
            foreach (string line in text.Of(kernel).Split('\n').Where(line => line.Contains("barrier")))
                Assert.That(line, Does.Contain("CLK_LOCAL_MEM_FENCE").And.Contain("CLK_GLOBAL_MEM_FENCE"));
    }
}
