using System.CommandLine;

namespace GpuLstm.Host;

/// <summary>What commands ask of a parsed command line.</summary>
internal static class ParseResultExtensions
{
    /// <summary>Whether the command line itself names the option; else it has its default.</summary>
    public static bool IsGiven(this ParseResult parsed, Option option) =>
        parsed.GetResult(option) is { Implicit: false };
}
