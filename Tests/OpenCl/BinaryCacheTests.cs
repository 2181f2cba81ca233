using GpuLstm.Kernels.Language;
using GpuLstm.Runtime.Accelerators.Gpu;
using GpuLstm.Runtime.Accelerators.OpenCl;

namespace GpuLstm.Tests.OpenCl;

[TestFixture]
public class BinaryCacheTests : OpenClTests
{
    private static readonly KernelDescriptor _fill = GpuLstm.Kernels.KernelCatalog.All.Single(kernel =>
        kernel.Name == "Elementwise_Fill");

    [TestCase("cut", TestName = "A_file_cut_short_is_built_anew")]
    [TestCase("changed", TestName = "A_file_with_a_changed_byte_is_built_anew")]
    [TestCase("foreign", TestName = "A_file_of_something_else_is_built_anew")]
    [TestCase("refused", TestName = "A_whole_file_that_the_driver_refuses_is_built_anew")]
    [TestCase("empty", TestName = "An_empty_file_is_built_anew")]
    public void A_damaged_file_is_built_anew(string damage)
    {
        using TemporaryFolder folder = new();
        Build(folder);
        string file = Directory.GetFiles(folder["opencl"]).Single();
        byte[] whole = File.ReadAllBytes(file), spoilt = [.. whole];
        spoilt[whole.Length / 2] ^= 0x10;
        if (damage == "refused")
            BinaryCache.Write(file, [.. "no program of any driver"u8]);
        else
            File.WriteAllBytes(file, damage switch
            {
                "cut" => whole[..(whole.Length / 2)], "changed" => spoilt, "foreign" => [.. "#!/bin/sh"u8], _ => [],
            });
        byte[] damaged = File.ReadAllBytes(file);
        Build(folder);
        Assert.That(File.ReadAllBytes(file), Is.Not.EqualTo(damaged), "written again");
        Assert.That(BinaryCache.Read(file), Is.Not.Empty);
    }

    [Test]
    public void A_whole_file_is_used_as_it_is()
    {
        using TemporaryFolder folder = new();
        Build(folder);
        string file = Directory.GetFiles(folder["opencl"]).Single();
        DateTime past = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, past);
        Build(folder);
        Assert.That(File.GetLastWriteTimeUtc(file), Is.EqualTo(past), "not written again");
    }

    private void Build(TemporaryFolder folder)
    {
        using OpenClContext context = new(Device, cache: folder.Path);
        KernelArgument[] defaults = [.. _fill.Parameters.Select(parameter => KernelArgument.Of(parameter.Default))];
        Assert.That(() => context.Build(_fill, new Index3D(64, 1, 1), defaults), Throws.Nothing);
    }
}
