using System.IO.Hashing;

namespace GpuLstm.Runtime.Data;

/// <summary>Finds samples that two sets have in common, by a hash of their content.</summary>
public static class SampleOverlap
{
    /// <summary>How many of the first set's samples are in the second too, whatever their labels.</summary>
    public static int Count(Samples samples, Samples others)
    {
        if (samples.GetType() != others.GetType() || samples.InputSize != others.InputSize)
            return 0;
        HashSet<UInt128> known = [];
        for (int i = 0; i < others.Count; i++)
            known.Add(XxHash128.HashToUInt128(others.Bytes(i)));
        int common = 0;
        for (int i = 0; i < samples.Count; i++)
            common += known.Contains(XxHash128.HashToUInt128(samples.Bytes(i))) ? 1 : 0;
        return common;
    }
}
