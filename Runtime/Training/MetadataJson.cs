using System.Text.Json;
using System.Text.Json.Serialization;
using GpuLstm.Runtime.Formats;

namespace GpuLstm.Runtime.Training;

/// <summary>Values as JSON texts in a file's metadata.</summary>
internal static class MetadataJson
{
    private static readonly JsonSerializerOptions _options = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a diverged step's loss
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, _options);

    /// <summary>Checks a recipe that was read from a file.</summary>
    /// <exception cref="FileFormatException">A setting is out of range.</exception>
    public static void Check(TensorArchive file, Recipe recipe)
    {
        try
        {
            recipe.Checked();
        }
        catch (UsageException e)
        {
            throw new FileFormatException($"'{file.Source}' has a recipe that no run can have: {e.Message}", e);
        }
    }

    /// <exception cref="FileFormatException">The key is missing, or its text is no such value.</exception>
    public static T Read<T>(TensorArchive file, string key)
    {
        try
        {
            return file.Metadata.TryGetValue(key, out string? text)
                && JsonSerializer.Deserialize<T>(text, _options) is { } value
                ? value
                : throw new FileFormatException($"'{file.Source}' lacks '{key}' in its metadata.");
        }
        catch (JsonException e)
        {
            throw new FileFormatException($"'{file.Source}' has a damaged '{key}' in its metadata.", e);
        }
    }
}
