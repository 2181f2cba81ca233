using System.Runtime.CompilerServices;

namespace GpuLstm.Kernels.Language;

/// <summary>The work items that share memory and barriers. Only in kernels that take no index.</summary>
public static class Group
{
    public static int IdxX => KernelContext.Current.Item.X;
    public static int IdxY => KernelContext.Current.Item.Y;
    public static int IdxZ => KernelContext.Current.Item.Z;

    public static int DimX => KernelContext.Current.GroupSize.X;
    public static int DimY => KernelContext.Current.GroupSize.Y;
    public static int DimZ => KernelContext.Current.GroupSize.Z;

    /// <summary>The item's number in the group, X varying fastest.</summary>
    public static int LinearIndex => (IdxZ * DimY + IdxY) * DimX + IdxX;
    public static bool IsFirstThread => LinearIndex == 0;

    /// <summary>Waits for the whole group; what was written to shared or global memory before is seen after.</summary>
    public static void Barrier([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        KernelContext.Current.Barrier(file, line);

    /// <summary>A barrier that counts the items whose predicate holds.</summary>
    public static int BarrierPopCount(
        bool predicate, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        int count = 0;
        foreach (byte holds in KernelContext.Current.Exchange(predicate ? (byte)1 : (byte)0, file, line))
            count += holds;
        return count;
    }

    /// <summary>A barrier that tells whether the predicate holds for every item.</summary>
    public static bool BarrierAnd(bool predicate, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        BarrierPopCount(!predicate, file, line) == 0;

    /// <summary>A barrier that tells whether the predicate holds for any item.</summary>
    public static bool BarrierOr(bool predicate, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        BarrierPopCount(predicate, file, line) != 0;

    /// <summary>A barrier that hands every item the value of the item numbered <paramref name="groupIndex"/>.</summary>
    public static T Broadcast<T>(
        T value, int groupIndex, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        where T : unmanaged => KernelContext.Current.Exchange(value, file, line)[groupIndex];
}

/// <summary>All groups of a launch.</summary>
public static class Grid
{
    public static int IdxX => KernelContext.Current.Group.X;
    public static int IdxY => KernelContext.Current.Group.Y;
    public static int IdxZ => KernelContext.Current.Group.Z;

    /// <summary>Groups along X.</summary>
    public static int DimX => KernelContext.Current.GridSize.X;
    public static int DimY => KernelContext.Current.GridSize.Y;
    public static int DimZ => KernelContext.Current.GridSize.Z;

    /// <summary>Waits for every group of the grid's row, those with the same <see cref="IdxY"/> and <see cref="IdxZ"/>:
    /// what they wrote to global memory before is seen after. CUDA only; such a kernel is launched only where all of
    /// its groups run at once.</summary>
    /// <param name="state">An int for the row alone, zero before the first launch, that nothing else ever writes; each
    /// barrier turns its highest bit over.</param>
    public static void BarrierAlongX(ref int state, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (state != 0)
            throw new KernelFaultException("The state of a grid's barrier is not zero: something else wrote to it.");
        KernelContext.Current.BarrierAlongX(file, line);
    }

    /// <summary>The item's place among all items of the launch.</summary>
    public static Index3D GlobalIndex =>
        new(IdxX * Group.DimX + Group.IdxX, IdxY * Group.DimY + Group.IdxY, IdxZ * Group.DimZ + Group.IdxZ);

    /// <summary>The item's number among all items: groups first, X varying fastest.</summary>
    public static int GlobalLinearIndex =>
        ((IdxZ * DimY + IdxY) * DimX + IdxX) * (Group.DimX * Group.DimY * Group.DimZ) + Group.LinearIndex;
}
