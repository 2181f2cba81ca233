using GpuLstm.Runtime.Training;

namespace GpuLstm.Tests.Training;

/// <summary>Lets a training pass by.</summary>
internal sealed class SilentObserver : ITrainingObserver
{
    public void OnProgress(in TrainingProgress progress) { }

    public void OnStep(in StepLog step, bool logged) { }

    public void OnTest(TestLog test) { }

    public void OnEpoch(EpochLog epoch) { }
}
