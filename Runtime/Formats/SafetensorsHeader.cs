using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace GpuLstm.Runtime.Formats;

/// <summary>What a safetensors header says of one tensor; offsets count from the end of the header.</summary>
internal sealed record SafetensorsEntry(string Name, TensorType Type, long[] Shape, long Begin, long End);

/// <summary>The JSON header of a safetensors file (format description: https://github.com/huggingface/safetensors,
/// section "Format").</summary>
internal sealed record SafetensorsHeader(
    IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    public const string MetadataKey = "__metadata__";

    /// <summary>Parses the header and checks that the tensors cover the data without hole or overlap.</summary>
    /// <param name="json">The header, padding included.</param>
    /// <param name="dataBytes">Bytes of the file after the header.</param>
    /// <param name="refuse">Makes the exception from what is wrong.</param>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> json, long dataBytes, Func<string, Exception> refuse)
    {
        if (json.Length == 0 || json.Span[0] != '{' || !Utf8.IsValid(json.Span))
            throw refuse("its header is no JSON object in UTF-8");
        try
        {
            JsonDocumentOptions options = new() { MaxDepth = 4, AllowDuplicateProperties = false };
            using JsonDocument document = JsonDocument.Parse(json, options);
            Dictionary<string, string> metadata = [];
            List<SafetensorsEntry> entries = [];
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                if (property.NameEquals(MetadataKey))
                    ReadMetadata(property.Value, metadata, refuse);
                else
                    entries.Add(ReadEntry(property, refuse));
            List<SafetensorsEntry> ordered = [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)];
            CheckCover(ordered, dataBytes, refuse);
            return new SafetensorsHeader(ordered, metadata);
        }
        catch (JsonException)
        {
            throw refuse("its header is no valid JSON, or repeats a name");
        }
        catch (InvalidOperationException) // what JsonDocument throws for an escaped half of a surrogate pair
        {
            throw refuse("its header has a text that is no Unicode");
        }
    }

    /// <summary>The header as bytes, padded with spaces to a multiple of 8.</summary>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            if (Metadata.Count > 0)
                WriteMetadata(writer);
            foreach (SafetensorsEntry entry in Entries)
                WriteEntry(writer, entry);
            writer.WriteEndObject();
        }
        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan.ToArray();
    }

    private static void ReadMetadata(
        JsonElement value, Dictionary<string, string> metadata, Func<string, Exception> refuse)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw refuse($"{MetadataKey} is no object");
        foreach (JsonProperty text in value.EnumerateObject())
            metadata[text.Name] = text.Value.ValueKind == JsonValueKind.String
                ? text.Value.GetString()!
                : throw refuse($"{MetadataKey} has a value that is no text, '{text.Name}'");
    }

    private static SafetensorsEntry ReadEntry(JsonProperty property, Func<string, Exception> refuse)
    {
        string name = property.Name;
        JsonElement value = property.Value;
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out JsonElement sizes)
            || !value.TryGetProperty("data_offsets", out JsonElement offsets)
            || value.GetPropertyCount() != 3)
            throw refuse($"'{name}' has not exactly a dtype, a shape and data_offsets");
        if (TensorTypes.FromSafetensorsName(dtype.GetString()) is not { } type)
            throw refuse($"'{name}' has the unknown dtype '{dtype.GetString()}'");
        long[] shape = ReadNumbers(sizes) is { Length: <= TensorShape.MaxDimensions } read
            ? read : throw refuse($"'{name}' has an impossible shape");
        if (ReadNumbers(offsets) is not [long begin, long end] || end < begin)
            throw refuse($"'{name}' has impossible data_offsets");
        if (TensorShape.Bytes(shape, type) is not { } bytes)
            throw refuse($"'{name}' has a shape too large for any file");
        if (bytes != end - begin)
            throw refuse($"'{name}' needs {bytes} bytes but its data_offsets span {end - begin}");
        return new SafetensorsEntry(name, type, shape, begin, end);
    }

    /// <summary>An array of whole numbers from 0, or null where it is none.</summary>
    private static long[]? ReadNumbers(JsonElement array)
    {
        if (array.ValueKind != JsonValueKind.Array)
            return null;
        List<long> numbers = [];
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out long number) || number < 0)
                return null;
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private static void CheckCover(List<SafetensorsEntry> entries, long dataBytes, Func<string, Exception> refuse)
    {
        long at = 0;
        foreach (SafetensorsEntry entry in entries)
        {
            if (entry.Begin != at)
                throw refuse($"'{entry.Name}' starts at byte {entry.Begin} of the data, where {at} is expected");
            at = entry.End;
        }
        if (at != dataBytes)
            throw refuse($"its tensors need {at} bytes of data but it has {dataBytes}");
    }

    private void WriteMetadata(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(MetadataKey);
        foreach ((string key, string text) in Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            writer.WriteString(key, text);
        writer.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter writer, SafetensorsEntry entry)
    {
        writer.WriteStartObject(entry.Name);
        writer.WriteString("dtype", entry.Type.SafetensorsName());
        writer.WriteStartArray("shape");
        foreach (long size in entry.Shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(entry.Begin);
        writer.WriteNumberValue(entry.End);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
