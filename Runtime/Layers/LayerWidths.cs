using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuLstm.Runtime.Layers;

/// <summary>Units of the layers of a stack: one number for all of them, or one number per layer. People write 128 or
/// 128,64; metadata have 128 or [128, 64].</summary>
[JsonConverter(typeof(LayerWidthsJson))]
public sealed class LayerWidths : IEquatable<LayerWidths>
{
    private readonly int[] _widths;

    /// <exception cref="ArgumentException">There is none.</exception>
    public LayerWidths(params ReadOnlySpan<int> widths) => _widths = widths.Length > 0
        ? widths.ToArray()
        : throw new ArgumentException("A stack has at least one width.", nameof(widths));

    public static implicit operator LayerWidths(int width) => new(width);

    /// <summary>Numbers written: 1 where all layers have the same.</summary>
    public int Count => _widths.Length;

    public IReadOnlyList<int> Values => _widths;

    /// <summary>Units of a layer, counted from 0.</summary>
    public int this[int layer] => _widths.Length == 1 ? _widths[0] : _widths[layer];

    /// <exception cref="UsageException">The text is no such list.</exception>
    public static LayerWidths Parse(string text)
    {
        string[] parts = text.Split(',');
        var widths = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out widths[i]))
                throw new UsageException($"--hidden takes one number, or one per layer as in 128,64; it is '{text}'.");
        return new(widths);
    }

    /// <summary>Whether every layer of a stack of so many has a width, and all are positive.</summary>
    public bool Fit(int layers) => (Count == 1 || Count == layers) && _widths.All(w => w > 0);

    public bool Equals(LayerWidths? other) => other != null && _widths.AsSpan().SequenceEqual(other._widths);

    public override bool Equals(object? obj) => Equals(obj as LayerWidths);

    public override int GetHashCode() => _widths.Aggregate(0, HashCode.Combine);

    public override string ToString() => string.Join(',', _widths);
}

/// <summary>A number, or a list of them.</summary>
internal sealed class LayerWidthsJson : JsonConverter<LayerWidths>
{
    public override LayerWidths Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetInt32(out int width) ? width : throw new JsonException("A width is an integer.");
        return JsonSerializer.Deserialize<int[]>(ref reader, options) is { Length: > 0 } widths
            ? new(widths)
            : throw new JsonException("A stack has at least one width.");
    }

    public override void Write(Utf8JsonWriter writer, LayerWidths value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
            writer.WriteNumberValue(value[0]);
        else
            JsonSerializer.Serialize(writer, value.Values, options);
    }
}
