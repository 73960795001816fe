import { type ReactNode, useEffect, useRef, useState } from 'react';

/** How far outside the window something is already drawn. */
const margin = '600px';

/** Draws its content once it comes near the visible area; until then it reserves the space. */
export function Near({ height, children }: { height: number; children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry?.isIntersecting) return;
        setNear(true);
        observer.disconnect();
      },
      { rootMargin: margin },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div className="near" ref={ref} style={near ? undefined : { minHeight: height }}>
      {near && children}
    </div>
  );
}
