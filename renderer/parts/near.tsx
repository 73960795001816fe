import { type ReactNode, useEffect, useRef, useState } from 'react';

/** How far outside of the window something is drawn already. */
const margin = '600px';

/** Draws its content from when it comes near what is in sight; until then it holds the place open. */
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
