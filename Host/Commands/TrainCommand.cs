using System.CommandLine;

namespace GpuLstm.Host.Commands;

/// <summary><c>gpulstm train</c>: trains a recipe and leaves a run folder.</summary>
public static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train",
            "Trains a network and leaves a run folder with model, metrics, result, checkpoints and plots.");
        var options = new TrainOptions();
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.FromResult(options.Seeds(parsed) is { } seeds
            ? new SeedRuns(options, parsed, cancel).Execute(seeds)
            : new TrainingRun(options, parsed, cancel).Execute()));
        return HelpWithExamples.WithExamples(command, """
            gpulstm train
            gpulstm train --recipe lstm64 --schedule cosine --seed 2
            gpulstm train --data strokes --epochs 3 --hidden 64 --out runs/small
            gpulstm train --validation 10% --patience 3 --epochs 50
            gpulstm train --seeds 1-5                        mean and standard deviation
            gpulstm train --resume runs/RUN                  go on with a run that was stopped or killed
            """);
    }
}
