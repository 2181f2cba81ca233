using System.Text.Json;

namespace GpuLstm.Tests.Host;

/// <summary>Commands of which a test knows how they end.</summary>
internal static class Commands
{
    /// <summary>What a command that works prints.</summary>
    public static string Done(params string[] arguments)
    {
        (int code, string output, string errors) = CommandLineTests.Run(arguments);
        Assert.That(code, Is.Zero, $"{string.Join(' ', arguments)}: {errors}");
        return output;
    }

    /// <summary>The one sentence of a command that fails.</summary>
    public static string Failed(int expected, params string[] arguments)
    {
        (int code, _, string errors) = CommandLineTests.Run(arguments);
        Assert.That(code, Is.EqualTo(expected), $"{string.Join(' ', arguments)}: {errors}");
        Assert.That(errors.Trim().Split('\n'), Has.Length.EqualTo(1));
        return errors;
    }

    public static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
