using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace GpuLstm.Host;

/// <summary>Where a command talks to people: standard output, or standard error when standard output is for
/// JSON.</summary>
public sealed class Terminal
{
    /// <summary>The form of every JSON that the program writes: snake_case names, one object per line where not
    /// indented.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // the loss of a diverged step
    };

    /// <summary>As <see cref="Json"/>, on several lines.</summary>
    public static JsonSerializerOptions IndentedJson { get; } = new(Json) { WriteIndented = true };

    private readonly TextWriter _writer;

    public Terminal(bool json)
    {
        _writer = json ? System.Console.Error : System.Console.Out;
        bool isTerminal = json ? !System.Console.IsErrorRedirected : !System.Console.IsOutputRedirected;
        Live = isTerminal && Environment.GetEnvironmentVariable("TERM") != "dumb";
        // A file must stay plain text, even where the surroundings (a build server) claim to show colours.
        AnsiSupport ansi = Live ? AnsiSupport.Detect : AnsiSupport.No;
        Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_writer), Ansi = ansi });
        if (!isTerminal)
            Console.Profile.Width = 120; // a file has no width; tables keep their shape
    }

    public IAnsiConsole Console { get; }

    /// <summary>Whether a person watches: displays may move.</summary>
    public bool Live { get; }

    /// <summary>A plain line, never wrapped or coloured.</summary>
    public void Line(string text = "") => _writer.WriteLine(text);

    /// <summary>Something that the user should know: one sentence.</summary>
    public void Notice(string message) => Line($"Notice: {message}");

    /// <summary>A value as JSON on standard output.</summary>
    public static void WriteJson<T>(T value) =>
        System.Console.Out.WriteLine(JsonSerializer.Serialize(value, IndentedJson));
}
