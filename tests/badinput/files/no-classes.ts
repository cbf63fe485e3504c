@problemName test
@timeStamps false
@missing false
@univariate true
@equalLength true
@seriesLength 4
@classLabel false
@data
0,0,0,0
2,3,4,5
4,6,3,5
6,4,7,5
8,7,6,5
5,5,5,5
7,8,9,10
9,11,8,10
11,9,12,10
13,12,11,10
10,10,10,10
12,13,14,15
14,16,13,15
16,14,17,15
18,17,16,15
15,15,15,15
17,18,19,20
19,21,18,20
21,19,22,20
23,22,21,20
