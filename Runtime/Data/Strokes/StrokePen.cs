namespace GpuLstm.Runtime.Data.Strokes;

/// <summary>Draws lines with a round pen into a square image of coverages, 0 to 1.</summary>
internal static class StrokePen
{
    /// <summary>Draws the line from a to b; where lines overlap the darker one counts, as with ink.</summary>
    /// <param name="ink">[size, size] coverages so far.</param>
    /// <param name="size">Pixels of an edge.</param>
    /// <param name="a">Start, in pixels: pixel (0, 0) has its centre at (0.5, 0.5).</param>
    /// <param name="b">End.</param>
    /// <param name="radius">Half the pen's width, in pixels.</param>
    public static void Line(Span<float> ink, int size, StrokeVertex a, StrokeVertex b, float radius)
    {
        float outer = radius + 0.5f; // coverage falls from 1 to 0 within one pixel around the edge
        float inner = Math.Max(radius - 0.5f, 0);
        int left = Math.Max((int)(Math.Min(a.X, b.X) - outer), 0);
        int right = Math.Min((int)(Math.Max(a.X, b.X) + outer), size - 1);
        int top = Math.Max((int)(Math.Min(a.Y, b.Y) - outer), 0);
        int bottom = Math.Min((int)(Math.Max(a.Y, b.Y) + outer), size - 1);
        float dx = b.X - a.X, dy = b.Y - a.Y;
        float lengthSquared = dx * dx + dy * dy;
        float perLength = lengthSquared > 0 ? 1 / lengthSquared : 0;

        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                float px = x + 0.5f - a.X, py = y + 0.5f - a.Y;
                float along = Math.Clamp((px * dx + py * dy) * perLength, 0, 1);
                float qx = px - along * dx, qy = py - along * dy;
                float distanceSquared = qx * qx + qy * qy;
                if (distanceSquared >= outer * outer)
                    continue;
                ref float pixel = ref ink[y * size + x];
                float coverage = distanceSquared <= inner * inner
                    ? 1
                    : Math.Min(outer - MathF.Sqrt(distanceSquared), 1);
                pixel = Math.Max(pixel, coverage);
            }
        }
    }

    /// <summary>Writes the image as bytes, moved by whole pixels so that its centre of mass is at the centre of pixel
    /// (size/2, size/2), where MNIST has it; by no more than <paramref name="margin"/>, so that nothing is cut
    /// off.</summary>
    public static void Centre(ReadOnlySpan<float> ink, int size, int margin, Span<byte> pixels)
    {
        float mass = 0, massX = 0, massY = 0;
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                float value = ink[y * size + x];
                mass += value;
                massX += value * (x + 0.5f);
                massY += value * (y + 0.5f);
            }
        }
        float middle = size / 2 + 0.5f;
        int moveX = Math.Clamp((int)MathF.Floor(middle - massX / mass + 0.5f), -margin, margin);
        int moveY = Math.Clamp((int)MathF.Floor(middle - massY / mass + 0.5f), -margin, margin);
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                int fromX = x - moveX, fromY = y - moveY;
                bool inside = (uint)fromX < (uint)size && (uint)fromY < (uint)size;
                pixels[y * size + x] = inside ? (byte)(ink[fromY * size + fromX] * 255 + 0.5f) : (byte)0;
            }
        }
    }
}
