@problemName test
@timeStamps false
@missing false
@univariate true
@equalLength true
@seriesLength 4
@classLabel true c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 c10 c11
@data
0,0,0,0:c0
2,3,4,5:c1
4,6,3,5:c2
6,4,7,5:c3
8,7,6,5:c4
5,5,5,5:c5
7,8,9,10:c6
9,11,8,10:c7
11,9,12,10:c8
13,12,11,10:c9
10,10,10,10:c10
12,13,14,15:c11
