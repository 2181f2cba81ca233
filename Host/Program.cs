using System.CommandLine;
using GpuLstm.Host;
using GpuLstm.Host.Commands;

var root = new RootCommand("""
    Trains LSTM networks with this project's own kernels, on whatever device is present.
    Exit codes: 0 done, 1 the work failed, 2 the command line is wrong, 130 stopped by Ctrl-C.
    """);
foreach (Command command in new[]
{
    TrainCommand.Create(), EvaluateCommand.Create(), PredictCommand.Create(),
    SummaryCommand.Create(), RecipesCommand.Create(), DevicesCommand.Create(),
})
    root.Subcommands.Add(command);
HelpWithExamples.WithExamples(root, """
    gpulstm train                                    the default recipe on MNIST
    gpulstm train --recipe lstm64 --lr 0.005         another recipe, one setting changed
    gpulstm evaluate runs/RUN/model.safetensors      accuracy of a trained model
    gpulstm predict runs/RUN/model.safetensors digit.png
    """);
HelpWithExamples.Install(root);
return CommandLine.Invoke(root, args);
