using GpuLstm.Tests.Reference;

namespace GpuLstm.Tests.OperationFixtures;

public class CopyColumnsFixture(TestEngine on) : OperationFixture(on)
{
    [TestCase(1, 1, 0, 1, 1, 0)]
    [TestCase(7, 3, 0, 3, 6, 3)]
    [TestCase(33, 31, 31, 62, 31, 0)]
    [TestCase(300, 100, 7, 133, 201, 101)]
    public void Copies_these_columns_and_no_others(
        int rows, int columns, int fromColumn, int fromStride, int toStride, int toColumn)
    {
        double[] source = Numbers.Uniforms(rows * fromStride), expected = Numbers.Uniforms(rows * toStride);
        Guarded<float> target = Updated(expected, "target");
        Operations.CopyColumns(new()
        {
            Rows = rows, Columns = columns, Source = Input(source, "source").View, SourceStride = fromStride,
            SourceColumn = fromColumn, Target = target.View, TargetStride = toStride, TargetColumn = toColumn,
        });
        for (int r = 0; r < rows; r++)
            source.AsSpan(r * fromStride + fromColumn, columns).CopyTo(expected.AsSpan(r * toStride + toColumn));
        Assert.That(target.Read(), Is.EqualTo(Compare.Narrow(expected)));
    }
}
