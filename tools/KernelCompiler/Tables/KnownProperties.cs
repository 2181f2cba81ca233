using Microsoft.CodeAnalysis;

namespace GpuLstm.KernelCompiler.Tables;

/// <summary>A property of the language with the range its values keep to.</summary>
internal readonly record struct KnownProperty(string Name, int Lowest, int Highest, MethodTraits Traits);

/// <summary>Properties of the language's static classes that the preludes define.</summary>
internal static class KnownProperties
{
    private const int MostItems = 65536; // of a group, on any device
    private const MethodTraits Grouped = MethodTraits.Grouped, Warp = MethodTraits.Grouped | MethodTraits.Warp;

    private static readonly Dictionary<string, KnownProperty> Table = Build();

    public static KnownProperty? Find(IPropertySymbol property) => KnownTypes.IsWord(property) && property.IsStatic
        && Table.TryGetValue($"{property.ContainingType.Name}.{property.Name}", out KnownProperty known) ? known : null;

    private static Dictionary<string, KnownProperty> Build()
    {
        Dictionary<string, KnownProperty> table = [];
        void Add(string name, int lowest, int highest, MethodTraits traits = Grouped) =>
            table.Add(name, new(name.Replace('.', '_'), lowest, highest, traits));

        foreach (char axis in "XYZ")
        {
            Add($"Group.Idx{axis}", 0, MostItems - 1);
            Add($"Group.Dim{axis}", 1, MostItems);
            Add($"Grid.Idx{axis}", 0, int.MaxValue);
            Add($"Grid.Dim{axis}", 1, int.MaxValue);
        }
        Add("Group.LinearIndex", 0, MostItems - 1);
        Add("Group.IsFirstThread", 0, 1);
        Add("Grid.GlobalLinearIndex", 0, int.MaxValue);
        Add("Warp.IsSupported", 0, 1, MethodTraits.Pure);
        Add("Warp.WarpSize", 1, 128, Warp);
        Add("Warp.LaneIdx", 0, 127, Warp);
        Add("Warp.WarpIdx", 0, MostItems - 1, Warp);
        return table;
    }
}
