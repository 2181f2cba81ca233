// ONNX Runtime's time for the cases of 'gpulstm bench --filter predict/', on a model that 'gpulstm export' wrote.
//   dotnet run -c Release --project tools/onnx-bench -- MODEL.onnx [THREADS]
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

const double WarmUpSeconds = 0.3, Seconds = 1;
if (args.Length is not (1 or 2))
{
    Console.Error.WriteLine("usage: onnx-bench MODEL.onnx [THREADS]");
    return 2;
}
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int threads = args.Length == 2 ? int.Parse(args[1]) : 0;
using var options = new SessionOptions
{
    IntraOpNumThreads = threads, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
};
using var session = new InferenceSession(args[0], options);
(string input, NodeMetadata shape) = session.InputMetadata.First();
Console.WriteLine($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}, threads {threads}, {input} "
    + $"[{string.Join(", ", shape.Dimensions)}]");
foreach (int batch in new[] { 1, 32, 1000 })
{
    int[] dimensions = [.. shape.Dimensions.Select(d => d < 0 ? batch : d)];
    var random = new Random(1);
    float[] values = [.. Enumerable.Range(0, dimensions.Aggregate(1, (a, b) => a * b))
        .Select(_ => random.NextSingle() * 0.2f - 0.1f)];
    NamedOnnxValue[] inputs = [NamedOnnxValue.CreateFromTensor(input, new DenseTensor<float>(values, dimensions))];
    var times = new List<double>();
    var clock = Stopwatch.StartNew();
    while (clock.Elapsed.TotalSeconds < WarmUpSeconds + Seconds || times.Count < 3)
    {
        long start = Stopwatch.GetTimestamp();
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(inputs);
        if (clock.Elapsed.TotalSeconds > WarmUpSeconds)
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
    times.Sort();
    double median = times[times.Count / 2];
    Console.WriteLine($"predict/B{batch,-6}{median,10:F3} ms{1e3 * batch / median,12:N0} samples/s");
}
return 0;
