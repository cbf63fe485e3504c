@problemName test
@timeStamps false
@missing true
@univariate true
@equalLength true
@seriesLength 4
@classLabel true a b
@data
0,0,0,0:a
2,3,4,5:b
1,?,3,4:a
6,4,7,5:b
8,7,6,5:a
5,5,5,5:b
7,8,9,10:a
9,11,8,10:b
11,9,12,10:a
13,12,11,10:b
10,10,10,10:a
12,13,14,15:b
14,16,13,15:a
16,14,17,15:b
18,17,16,15:a
15,15,15,15:b
17,18,19,20:a
19,21,18,20:b
21,19,22,20:a
23,22,21,20:b
