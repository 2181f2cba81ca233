namespace GpuLstm.Runtime.Data;

/// <summary>Connected parts of a mask, neighbours across corners included.</summary>
internal static class Components
{
    /// <summary>The mask without parts that are smaller than a share of the largest.</summary>
    /// <param name="largest">Pixels of the largest part.</param>
    public static bool[] Keep(bool[] mask, int width, int height, double share, out int largest)
    {
        int[] part = new int[mask.Length]; // 0: not seen
        var sizes = new List<int> { 0 };
        var open = new Stack<int>();
        for (int start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || part[start] != 0)
                continue;
            int number = sizes.Count, size = 0;
            part[start] = number;
            open.Push(start);
            while (open.TryPop(out int at))
            {
                size++;
                (int x, int y) = (at % width, at / width);
                for (int row = Math.Max(0, y - 1); row <= Math.Min(height - 1, y + 1); row++)
                    for (int column = Math.Max(0, x - 1); column <= Math.Min(width - 1, x + 1); column++)
                    {
                        int next = row * width + column;
                        if (!mask[next] || part[next] != 0)
                            continue;
                        part[next] = number;
                        open.Push(next);
                    }
            }
            sizes.Add(size);
        }
        largest = sizes.Max();
        int least = (int)(share * largest);
        return [.. part.Select(number => number > 0 && sizes[number] > least)];
    }
}
