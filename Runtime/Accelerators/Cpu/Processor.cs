using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace GpuLstm.Runtime.Accelerators.Cpu;

/// <summary>What the processor calls itself.</summary>
public static class Processor
{
    /// <summary>CPUID's brand string (leaves 0x80000002 to 0x80000004) on x86, else the system's or the architecture's
    /// name.</summary>
    public static string Name { get; } = $"{Brand()} ({Environment.ProcessorCount} processors)";

    private static string Brand()
    {
        if (!X86Base.IsSupported)
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
                ?? $"{RuntimeInformation.ProcessArchitecture}";
        Span<int> words = stackalloc int[12];
        for (int leaf = 0; leaf < 3; leaf++)
            (words[4 * leaf], words[4 * leaf + 1], words[4 * leaf + 2],
                words[4 * leaf + 3]) = X86Base.CpuId(unchecked((int)0x80000002) + leaf, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words)).Trim('\0', ' ');
    }
}
