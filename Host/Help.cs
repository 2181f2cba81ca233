using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace GpuLstm.Host;

/// <summary>The usual help, followed by the command's examples.</summary>
public sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
{
    private static readonly Dictionary<Command, string> Examples = [];

    /// <summary>Gives a command the examples that its help ends with.</summary>
    public static Command WithExamples(Command command, string examples)
    {
        Examples[command] = examples;
        return command;
    }

    /// <summary>Makes a root command and all below it show examples.</summary>
    public static void Install(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        int code = inner.Invoke(parseResult);
        if (Examples.TryGetValue(parseResult.CommandResult.Command, out string? examples))
            parseResult.InvocationConfiguration.Output.WriteLine(
                $"Examples:\n  {examples.ReplaceLineEndings("\n  ")}\n");
        return code;
    }
}
