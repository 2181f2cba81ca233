using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace GpuLstm.Host;

/// <summary>What is wrong with a command line, in one line that a person would write: types as people call them, and
/// the nearest known word for one that is not known.</summary>
public static partial class ParseErrors
{
    /// <summary>The sentence.</summary>
    public static string Describe(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count > 0)
            return Unknown(parsed, parsed.UnmatchedTokens[0]);
        return string.Join(' ', parsed.Errors.Select(error => Plain(error.Message)));
    }

    private static string Unknown(ParseResult parsed, string word)
    {
        Command command = parsed.CommandResult.Command;
        bool isOption = word.StartsWith('-');
        if (!isOption && command.Subcommands.Count == 0)
            return $"'{word}' has no place in 'gpulstm {command.Name}'.";
        IEnumerable<string> known = isOption
            ? parsed.RootCommandResult.Command.Options.Concat(command.Options).Select(option => option.Name)
            : command.Subcommands.Select(subcommand => subcommand.Name);
        string name = word.Split('=', ':')[0];
        string? nearest = known.Select(candidate => (candidate, Distance: Distance(name, candidate)))
            .Where(one => one.Distance <= Math.Max(2, name.Length / 3)).OrderBy(one => one.Distance)
            .Select(one => one.candidate).FirstOrDefault();
        string what = isOption ? $"'{word}' is no option of 'gpulstm {command.Name}'" : $"'{word}' is no command";
        return nearest == null ? $"{what}." : $"{what}; did you mean {nearest}?";
    }

    private static string Plain(string message)
    {
        message = message.ReplaceLineEndings("\n").Trim();
        if (WrongType().Match(message) is { Success: true } wrong)
        {
            string type = wrong.Groups["type"].Value;
            string[] words = [.. message.Split('\n').Skip(1).Select(word => word.Trim().ToLowerInvariant())];
            string expected = type switch
            {
                _ when type.Contains("UInt", StringComparison.Ordinal) => "a whole number from 0 on",
                _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number",
                _ when type.Contains("Single", StringComparison.Ordinal) => "a number",
                _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
                _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
                _ => $"one of {string.Join(", ", words)}",
            };
            return $"{wrong.Groups["option"].Value} takes {expected}; '{wrong.Groups["value"].Value}' is none.";
        }
        if (Missing().Match(message) is { Success: true } missing)
            return $"{missing.Groups["option"].Value} needs a value.";
        return message.Split('\n')[0];
    }

    /// <summary>Letters that are inserted, left out, exchanged or swapped with a neighbour (Damerau and Levenshtein,
    /// optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }
                int change = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(cost[i - 1, j - 1] + change, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        return cost[a.Length, b.Length];
    }

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for (?:option|command) '(?<option>.*)' as expected type "
        + "'(?<type>.*)'", RegexOptions.Singleline)]
    private static partial Regex WrongType();

    [GeneratedRegex("^Required argument missing for option: '(?<option>.*)'")]
    private static partial Regex Missing();
}
