using GpuLstm.Kernels.Language;

namespace GpuLstm.Runtime.Accelerators.Debug;

/// <summary>Runs a kernel's C# as it is, one group after another, one item at a time: deterministic, with every index
/// checked, barriers that notice who is missing, and breakpoints wherever they are set. Groups that wait for each other
/// take turns.</summary>
public sealed class DebugLauncher : IKernelLauncher, IDisposable
{
    private readonly List<WorkGroup> _groups = [new()];

    public void Launch(KernelDescriptor kernel, in KernelConfig config, ReadOnlySpan<KernelArgument> arguments)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        KernelArgument[] copy = arguments.ToArray();
        if (kernel.IsCooperative)
            LaunchTogether(kernel, config, copy);
        else
            foreach (Index3D place in Places(config.GridDim))
                _groups[0].Run(kernel, copy, config, place);
    }

    public void Launch(KernelDescriptor kernel, Index3D extent, ReadOnlySpan<KernelArgument> arguments) =>
        Launch(kernel, new KernelConfig(extent, new Index3D(1, 1, 1)), arguments); // groups of one need no threads

    /// <summary>Keeps all groups alive: each runs until it waits for its row of the grid.</summary>
    private void LaunchTogether(KernelDescriptor kernel, KernelConfig config, KernelArgument[] arguments)
    {
        List<List<WorkGroup>> rows = [];
        try
        {
            foreach (Index3D place in Places(config.GridDim))
            {
                if (place.X == 0)
                    rows.Add([]);
                int number = (rows.Count - 1) * config.GridDim.X + place.X;
                if (number == _groups.Count)
                    _groups.Add(new WorkGroup());
                rows[^1].Add(_groups[number]);
                _groups[number].Start(kernel, arguments, config, place);
            }
            foreach (List<WorkGroup> row in rows)
                do
                    row.ForEach(group => group.Resume());
                while (GoesOn(row));
        }
        finally
        {
            rows.ForEach(row => row.ForEach(group => group.Stop()));
        }
    }

    /// <summary>Whether a row stands at a barrier; false: all of it has ended.</summary>
    /// <exception cref="DeviceException">Part of it does.</exception>
    private static bool GoesOn(List<WorkGroup> row)
    {
        WorkItem? waiting = row.Select(group => group.WaitingForGroups).FirstOrDefault(item => item is not null);
        foreach (WorkGroup group in row)
            if (waiting is not null && group.WaitingForGroups?.Barrier != waiting.Barrier)
                throw new DeviceException(
                    $"{waiting.Where}: waits at the barrier in {waiting.Barrier}, and group {group.Index.X} "
                    + (group.WaitingForGroups is { } other ? $"at the one in {other.Barrier}." : "has returned."));
        return waiting is not null;
    }

    private static IEnumerable<Index3D> Places(Index3D grid)
    {
        for (int z = 0; z < grid.Z; z++)
            for (int y = 0; y < grid.Y; y++)
                for (int x = 0; x < grid.X; x++)
                    yield return new Index3D(x, y, z);
    }

    public void Dispose() => _groups.ForEach(group => group.Dispose());
}
